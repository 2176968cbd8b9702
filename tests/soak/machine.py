"""All the rules together, and what is true at the end of a run.

clinic       the cast, the clock, and the comparison with the book after each step
booking      patients and doctors: holding a time, booking it, the day of the visit
paying       cards, deposits and the bank
practices    doctors' hours, a newcomer and the admin
working      what the worker tidies up, and what is published
passing_time to the second at which something changes, or further
mailing      a mail server with moods

book, rows   what the clinic should look like, in plain Python
"""

import datetime as dt

from appointments.models import Appointment
from booking_system.invariants import all_checks
from notifications.actions import sweep
from notifications.models import OutboxMessage
from payments.models import Payment
from tests.soak.book import GATEWAY
from tests.soak.clinic import MONEY_AT_FIRST, assert_clean
from tests.soak.mailing import Mailing
from tests.soak.passing_time import PassingTime
from tests.soak.paying import BANK


class AnyOrder(PassingTime, Mailing):
    """Patients, doctors, the bank, the worker and the clock, in any order."""

    def run_ends(self) -> None:
        assert_clean(all_checks())
        self.a_quiet_day_passes()
        self.bank_and_clinic_compare_their_books()
        self.half_a_year_passes()
        assert_clean(all_checks())

    def a_quiet_day_passes(self) -> None:
        """Nothing hangs: no hold, no payment and no mail is left open."""
        self.move_clock_to(self.now + dt.timedelta(days=1))
        self.end_holds()
        self.sweep_payments()
        self.worker_sends_mail(mood="fine")
        assert not Appointment.objects.filter(status="pending").exists()
        assert not Payment.objects.open().exists()
        open_mails = OutboxMessage.objects.filter(status__in=["queued", "rendering", "sending"])
        assert not open_mails.exists()

    def bank_and_clinic_compare_their_books(self) -> None:
        """Whatever was cut off and given up: what the bank took, we have, and no more."""
        taken = 0
        for payment in self.card_payments():
            if payment.charge:
                self.tell_us(payment, result := BANK.find(payment.id))
                taken += payment.amount if result.status == "succeeded" else 0
        assert -self.book.accounts[GATEWAY] == taken + sum(MONEY_AT_FIRST.values())
        self.compare()

    def half_a_year_passes(self) -> None:
        """Then what mails said is forgotten."""
        self.move_clock_to(self.now + dt.timedelta(days=181))
        sweep(now=self.now)
        assert not OutboxMessage.objects.exclude(text_until=None).exists()
