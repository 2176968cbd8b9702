"""What came into a wallet and went out of it, with the balance after each."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator

from payments.models import Transfer, Wallet

ROWS_A_PAGE = 20


@dataclass(frozen=True)
class HistoryRow:
    """One line of the history; `amount` is negative for what went out."""

    transfer: Transfer
    amount: int
    balance: int


def wallet_history(
    wallet: Wallet, page_number: str | None
) -> tuple[Page[Transfer], list[HistoryRow]]:
    """One page of the wallet's transfers, newest first. Three queries on any page."""
    transfers = Transfer.objects.of_account(wallet.account).select_related("entry")
    page = Paginator(transfers, ROWS_A_PAGE).get_page(page_number)
    shown = list(page.object_list)
    balance = wallet.balance
    if shown:
        newer = Transfer.objects.filter(pk__gt=shown[0].pk)
        balance -= newer.net_of(wallet.account)
    rows = []
    for transfer in shown:
        amount = transfer.amount if transfer.credit_id == wallet.account_id else -transfer.amount
        rows.append(HistoryRow(transfer=transfer, amount=amount, balance=balance))
        balance -= amount
    return page, rows
