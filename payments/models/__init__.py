"""The ledger (double entry), wallets, and attempts to collect money."""

from payments.models.ledger import JournalEntry, LedgerAccount, Transfer, Wallet
from payments.models.payments import Payment, Refund
from payments.models.simulated_bank import SimulatedCharge, SimulatedRefund

__all__ = [
    "JournalEntry",
    "LedgerAccount",
    "Payment",
    "Refund",
    "SimulatedCharge",
    "SimulatedRefund",
    "Transfer",
    "Wallet",
]
