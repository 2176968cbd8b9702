"""What is stored about a payment: what it is for, with what, and why it came to nothing."""

from core.stored_labels import phrase

DEPOSIT = phrase("Deposit")
DEPOSIT_BY = phrase("Deposit, %(source)s")
CARD_ENDING = phrase("card ending %(digits)s")
CASH = phrase("Cash")
TERMINAL = phrase("Card terminal")
BANK_SILENT = phrase(
    "The bank could not be reached. If it takes the money after all, that goes to your wallet."
)
# Of the gateway that takes made-up cards.
REFUSED = phrase("The bank said no. Nothing was taken.")
REFUSED_LATE = phrase("The bank said no after checking. Nothing was taken.")
TOO_LITTLE = phrase("There is not enough money on this card. Nothing was taken.")
NOT_CONFIRMED = phrase("You did not confirm the payment. Nothing was taken.")
CONFIRMED_LATE = phrase("It was not confirmed in time. Nothing was taken.")
NOT_THAT_MUCH = phrase("The card did not pay that much.")
CARD_CLOSED = phrase("The card's account is closed.")
