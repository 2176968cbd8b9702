"""Visits, which can't overlap, with their history; absences, rules, feeds, waitlist."""

import core.validators
import appointments.models.booking_rules
import django.core.validators
import django.db.models.deletion
import django.db.models.lookups
import uuid
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

HISTORY = "appointments_appointmenttransition"
# Why somebody cancelled goes with their account; the step stays.
REFUSE = """
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.why = '' AND to_jsonb(NEW) - 'why' = to_jsonb(OLD) - 'why'
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME;
END
"""


def add_guards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A patient's active visits don't overlap, and a visit's history can't be rewritten.

    SQLite's twins are in `appointments/triggers.py`. The extension comes from the migration of
    doctors.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE appointments_appointment ADD CONSTRAINT appointment_no_overlap "
            "EXCLUDE USING gist (patient_id WITH =, tstzrange(start, \"end\", '[)') WITH &&) "
            "WHERE (status IN ('pending', 'booked', 'arrived'))"
        )
        schema_editor.execute(
            "CREATE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$${REFUSE}$$"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {HISTORY}_append_only BEFORE UPDATE OR DELETE ON {HISTORY} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_history_change()"
        )


def remove_guards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {HISTORY}_append_only ON {HISTORY}")
        schema_editor.execute("DROP FUNCTION refuse_history_change()")
        schema_editor.execute(
            "ALTER TABLE appointments_appointment DROP CONSTRAINT appointment_no_overlap"
        )


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ('accounts', '0001_people'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('doctors', '0001_doctors_and_slots'),
    ]
    operations = [
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('start', models.DateTimeField(blank=True, null=True)),
                ('end', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(max_length=200, validators=[core.validators.PlainText()], verbose_name='reason')),
                ('offers_times', models.BooleanField(default=True)),
                ('status', models.CharField(choices=[('running', 'Telling patients'), ('done', 'Everybody is told')], default='running', max_length=10)),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('doctor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to='doctors.doctor')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.patient')),
                ('time_off', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='absence', to='doctors.timeoff')),
            ],
            options={
                'ordering': ['-made_at'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('end__gt', models.F('start')), ('patient__isnull', True), ('start__isnull', False), ('time_off__isnull', False)), models.Q(('end__isnull', True), ('patient__isnull', False), ('start__isnull', True), ('time_off__isnull', True)), _connector='OR'), name='absence_span_or_patient'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['running', 'done'])), name='absence_status_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=12, unique=True)),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('status', models.CharField(choices=[('pending', 'Held'), ('booked', 'Confirmed'), ('arrived', 'Arrived'), ('fulfilled', 'Completed'), ('cancelled', 'Cancelled'), ('noshow', 'No-show'), ('entered-in-error', 'Entered in error')], default='pending', max_length=20)),
                ('fee', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('reason', models.CharField(blank=True, max_length=200, validators=[core.validators.PlainText()], verbose_name='reason for the visit')),
                ('symptoms', models.TextField(blank=True, max_length=2000, validators=[core.validators.PlainText(multiline=True)], verbose_name='symptoms')),
                ('notes', models.TextField(blank=True, max_length=2000, validators=[core.validators.PlainText(multiline=True)], verbose_name='anything else')),
                ('policy', models.JSONField()),
                ('is_offer', models.BooleanField(default=False)),
                ('pay_at_desk', models.BooleanField(default=False)),
                ('hold_extended', models.BooleanField(default=False)),
                ('moves', models.PositiveSmallIntegerField(default=0)),
                ('version', models.PositiveIntegerField(default=1)),
                ('reminded_version', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('requested_at', models.DateTimeField(blank=True, null=True)),
                ('answer_by', models.DateTimeField(blank=True, null=True)),
                ('booked_at', models.DateTimeField(blank=True, null=True)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('cancellation_code', models.CharField(blank=True, max_length=16)),
                ('cancellation_reason', models.CharField(blank=True, max_length=200)),
                ('settles_at', models.DateTimeField(blank=True, null=True)),
                ('booked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='booked_appointments', to=settings.AUTH_USER_MODEL)),
                ('doctor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='doctors.doctor')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='accounts.patient')),
                ('slot', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointment', to='doctors.slot')),
            ],
            options={
                'verbose_name': 'visit',
                'verbose_name_plural': 'visits',
                'ordering': ['-start'],
                'permissions': [('manage_appointment', 'Can book, move and cancel visits for others')],
                'indexes': [
                    models.Index(fields=['patient', 'start'], name='appointment_patient_start'),
                    models.Index(fields=['doctor', 'start'], name='appointment_doctor_start'),
                    models.Index(condition=models.Q(('status__in', ('pending', 'booked', 'arrived'))), fields=['doctor'], name='appointment_active'),
                    models.Index(condition=models.Q(('reminded_version__lt', models.F('version')), ('status', 'booked')), fields=['start'], name='appointment_to_remind'),
                    models.Index(condition=models.Q(('settles_at__isnull', False)), fields=['settles_at'], name='appointment_unsettled'),
                    models.Index(condition=models.Q(('requested_at__isnull', False), ('status', 'pending')), fields=['answer_by'], name='appointment_request'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='appointment_end_after_start'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'noshow', 'entered-in-error'])), name='appointment_status_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('slot__isnull', True), ('status__in', ('cancelled', 'entered-in-error'))), models.Q(models.Q(('status__in', ('cancelled', 'entered-in-error')), _negated=True), ('slot__isnull', False)), _connector='OR'), name='appointment_slot_while_it_stands'),
                    models.CheckConstraint(condition=models.Q(models.Q(('cancelled_at__isnull', False), ('status', 'cancelled')), models.Q(models.Q(('status', 'cancelled'), _negated=True), ('cancelled_at__isnull', True)), _connector='OR'), name='appointment_cancelled_has_moment'),
                    models.CheckConstraint(condition=models.Q(('cancellation_code__in', ['', 'moved-here', 'taken-back', 'doctor-declined', 'clinic-declined', 'not-answered', 'doctor-absent', 'money-wanted', 'told-not-to-come', 'offer-declined', 'other-time', 'given-back', 'run-out'])), name='appointment_cancellation_code_known'),
                    models.CheckConstraint(condition=models.Q(('settles_at__isnull', True), ('status__in', ('fulfilled', 'noshow')), _connector='OR'), name='appointment_settles_when_over'),
                    models.UniqueConstraint(condition=models.Q(('is_offer', False), ('requested_at__isnull', True), ('status', 'pending')), fields=('booked_by',), name='appointment_one_hold_a_user'),
                    models.CheckConstraint(condition=models.Q(('booked_at__isnull', True), ('requested_at__isnull', False), _connector='OR'), name='appointment_booked_was_requested'),
                ],
            },
        ),
        migrations.CreateModel(
            name='AppointmentTransition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_status', models.CharField(blank=True, choices=[('pending', 'Held'), ('booked', 'Confirmed'), ('arrived', 'Arrived'), ('fulfilled', 'Completed'), ('cancelled', 'Cancelled'), ('noshow', 'No-show'), ('entered-in-error', 'Entered in error')], max_length=20)),
                ('to_status', models.CharField(choices=[('pending', 'Held'), ('booked', 'Confirmed'), ('arrived', 'Arrived'), ('fulfilled', 'Completed'), ('cancelled', 'Cancelled'), ('noshow', 'No-show'), ('entered-in-error', 'Entered in error')], max_length=20)),
                ('at', models.DateTimeField()),
                ('moved_from', models.DateTimeField(blank=True, null=True)),
                ('why_code', models.CharField(blank=True, max_length=16)),
                ('why', models.CharField(blank=True, max_length=200)),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transitions', to='appointments.appointment')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['at', 'id'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('why_code__in', ['', 'moved-here', 'taken-back', 'doctor-declined', 'clinic-declined', 'not-answered', 'doctor-absent', 'money-wanted', 'told-not-to-come', 'offer-declined', 'other-time', 'given-back', 'run-out'])), name='transition_why_code_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BookingRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('window_days', models.PositiveSmallIntegerField(blank=True, help_text='How far ahead a visit can be booked, today included.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name='days ahead')),
                ('active_cap', models.PositiveSmallIntegerField(blank=True, help_text='How many visits ahead, holds included, a doctor takes.', null=True, validators=[django.core.validators.MaxValueValidator(5000)], verbose_name='visits at a time')),
                ('notice_minutes', models.PositiveIntegerField(blank=True, help_text='Times that begin sooner can’t be booked.', null=True, validators=[django.core.validators.MaxValueValidator(20160)], verbose_name='minimum notice, minutes')),
                ('free_cancellation_hours', models.PositiveSmallIntegerField(blank=True, help_text='All of the fee comes back while more than this remains.', null=True, validators=[django.core.validators.MaxValueValidator(720)], verbose_name='free cancellation, hours')),
                ('late_refunds', models.CharField(blank=True, help_text='Hours before the visit and percent, e.g. 24: 50, 6: 25. “none”: later than free, cancelling is refused.', max_length=100, null=True, validators=[appointments.models.booking_rules.check_tiers], verbose_name='refunds after that')),
                ('move_limit_hours', models.PositiveSmallIntegerField(blank=True, help_text='Patients may move a visit while more than this remains.', null=True, validators=[django.core.validators.MaxValueValidator(720)], verbose_name='moving until, hours')),
                ('moves_allowed', models.PositiveSmallIntegerField(blank=True, help_text='How often a patient may move one visit.', null=True, validators=[django.core.validators.MaxValueValidator(50)], verbose_name='moves a visit')),
                ('needs_acceptance', models.BooleanField(blank=True, null=True, verbose_name='requests are accepted by hand')),
                ('acceptance_hours', models.PositiveSmallIntegerField(blank=True, help_text='Requests unanswered by then are declined and paid back.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(168)], verbose_name='answer requests within, hours')),
                ('no_show_refund_percent', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='back on a no-show, percent')),
                ('changed_at', models.DateTimeField(editable=False, null=True)),
                ('changed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('doctor', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='booking_rules', to='doctors.doctor')),
            ],
            options={
                'verbose_name_plural': 'booking rules',
                'constraints': [
                    models.UniqueConstraint(django.db.models.lookups.IsNull(models.F('doctor'), True), condition=models.Q(('doctor__isnull', True)), name='rules_one_row_for_the_clinic', violation_error_message='The clinic has its rules already: change those.'),
                    models.CheckConstraint(condition=models.Q(('no_show_refund_percent__lte', 100)), name='rules_no_show_up_to_100'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_digest', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('content_digest', models.CharField(blank=True, max_length=64)),
                ('changed_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
                ('reads', models.PositiveIntegerField(default=0)),
                ('reads_since', models.DateTimeField()),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='calendar_feed', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('old_start', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=200, validators=[core.validators.PlainText()], verbose_name='reason')),
                ('status', models.CharField(choices=[('waiting', 'To be told'), ('open', 'No answer yet'), ('accepted', 'Accepted'), ('moved', 'Chose another time'), ('refunded', 'Paid back'), ('unanswered', 'No answer in time'), ('kept', 'Keeps the old time'), ('lapsed', 'Not needed any more')], default='waiting', max_length=10)),
                ('deadline', models.DateTimeField(blank=True, null=True)),
                ('made_at', models.DateTimeField()),
                ('restored_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('absence', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='appointments.absence')),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='appointments.appointment')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['old_start', 'id'],
                'indexes': [
                    models.Index(condition=models.Q(('status', 'open')), fields=['deadline'], name='proposal_open'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('absence', 'appointment'), name='proposal_once_a_visit_and_absence'),
                    models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('appointment',), name='proposal_one_open_a_visit'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'open', 'accepted', 'moved', 'refunded', 'unanswered', 'kept', 'lapsed'])), name='proposal_status_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'open'), _negated=True), ('deadline__isnull', False), _connector='OR'), name='proposal_open_has_deadline'),
                    models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status__in', ['waiting', 'open'])), models.Q(models.Q(('status__in', ['waiting', 'open']), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='proposal_ended_has_moment'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ProposedTime',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='times', to='appointments.proposal')),
                ('slot', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposed', to='doctors.slot')),
            ],
            options={
                'ordering': ['start'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='proposed_end_after_start'),
                    models.UniqueConstraint(fields=('proposal', 'start'), name='proposed_time_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='WaitlistEntry',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('first_day', models.DateField(verbose_name='from')),
                ('last_day', models.DateField(verbose_name='until')),
                ('morning', models.BooleanField(default=True, verbose_name='morning, before noon')),
                ('afternoon', models.BooleanField(default=True, verbose_name='afternoon, noon to 5 pm')),
                ('evening', models.BooleanField(default=True, verbose_name='evening, from 5 pm')),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('booked', 'Booked'), ('left', 'Left'), ('over', 'Over')], default='waiting', max_length=10)),
                ('joined_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('doctor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='waitlist', to='doctors.doctor')),
                ('joined_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waitlist', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waitlist', to='accounts.patient')),
                ('replaces', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='appointments.appointment')),
                ('specialty', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='waitlist', to='doctors.specialty')),
            ],
            options={
                'verbose_name_plural': 'waitlist entries',
                'ordering': ['joined_at', 'id'],
                'indexes': [
                    models.Index(condition=models.Q(('status', 'waiting')), fields=['joined_at'], name='waitlist_waiting'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('doctor__isnull', True), ('specialty__isnull', True), _connector='XOR'), name='waitlist_doctor_or_specialty'),
                    models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='waitlist_days_in_order'),
                    models.CheckConstraint(condition=models.Q(('morning', True), ('afternoon', True), ('evening', True), _connector='OR'), name='waitlist_some_part_of_day'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'booked', 'left', 'over'])), name='waitlist_status_known'),
                    models.UniqueConstraint(condition=models.Q(('status', 'waiting')), fields=('patient', 'doctor'), name='waitlist_once_a_doctor'),
                    models.UniqueConstraint(condition=models.Q(('status', 'waiting')), fields=('patient', 'specialty'), name='waitlist_once_a_specialty'),
                ],
            },
        ),
        migrations.CreateModel(
            name='WaitlistOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateTimeField()),
                ('offered_at', models.DateTimeField()),
                ('runs_out_at', models.DateTimeField()),
                ('outcome', models.CharField(choices=[('open', 'Open'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('ran-out', 'Ran out')], default='open', max_length=10)),
                ('appointment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='waitlist_offer', to='appointments.appointment')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='appointments.waitlistentry')),
            ],
            options={
                'ordering': ['-offered_at'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('outcome', 'open')), fields=('entry',), name='offer_one_open_an_entry'),
                    models.CheckConstraint(condition=models.Q(('outcome__in', ['open', 'accepted', 'declined', 'ran-out'])), name='offer_outcome_known'),
                ],
            },
        ),
        migrations.RunPython(add_guards, remove_guards),
    ]
