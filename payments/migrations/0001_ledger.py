"""Wallets, payments, refunds and the journal, which can't be rewritten."""

import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = ("payments_journalentry", "payments_transfer")


def add_guards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The journal can't be rewritten. SQLite's twin is `payments/triggers.py`."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $$"
        )
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )


def remove_guards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        schema_editor.execute("DROP FUNCTION refuse_change()")


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name='SimulatedCharge',
            fields=[
                ('reference', models.CharField(max_length=60, primary_key=True, serialize=False)),
                ('idempotency_key', models.UUIDField(unique=True)),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('status', models.CharField(choices=[('succeeded', 'Approved'), ('failed', 'Refused'), ('pending', 'Being checked'), ('needs-confirmation', 'To be confirmed by the payer')], max_length=20)),
                ('reason', models.CharField(blank=True, max_length=16)),
                ('becomes', models.CharField(blank=True, choices=[('succeeded', 'Approved'), ('failed', 'Refused'), ('pending', 'Being checked'), ('needs-confirmation', 'To be confirmed by the payer')], max_length=20)),
                ('becomes_at', models.DateTimeField(blank=True, null=True)),
                ('refunds', models.CharField(choices=[('pending', 'On its way'), ('succeeded', 'Given back'), ('failed', 'Refused by the bank')], default='succeeded', max_length=10)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('deposit', 'Deposit'), ('visit-paid', 'Visit'), ('visit-refunded', 'Refunded'), ('visit-completed', 'Visit completed'), ('visit-taken-back', 'Visit taken back'), ('late-payment', 'Came too late'), ('fee-changed', 'Fee changed'), ('refund-returned', 'Refund came back'), ('paid-out', 'Paid out at the desk'), ('given-up', 'Given up with the account')], max_length=20)),
                ('idempotency_key', models.CharField(max_length=120, unique=True)),
                ('subject', models.UUIDField(blank=True, db_index=True, null=True)),
                ('memo', models.CharField(blank=True, max_length=16)),
                ('facts', models.JSONField(blank=True, default=dict)),
                ('created_at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'journal entries',
                'ordering': ['-created_at', '-id'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('memo__in', ['', 'visit', 'appointment', 'deposit', 'card-deposit', 'fee-moved'])), name='journal_memo_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='LedgerAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('wallet', 'Wallet'), ('earnings', "Doctor's earnings"), ('gateway', 'Money at the card gateway'), ('cash-desk', 'Money taken at the desk'), ('held-fees', 'Fees of booked visits'), ('commission', 'Commission'), ('given-up', 'Money that people left behind')], max_length=20)),
                ('currency', models.CharField(max_length=3)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ledger_accounts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('owner__isnull', False)), fields=('kind', 'owner', 'currency'), name='ledger_account_once_a_person'),
                    models.UniqueConstraint(condition=models.Q(('owner__isnull', True)), fields=('kind', 'currency'), name='ledger_account_once_for_site'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('wallet', 'earnings')), ('owner__isnull', False)), models.Q(models.Q(('kind__in', ('wallet', 'earnings')), _negated=True), ('owner__isnull', True)), _connector='OR'), name='ledger_account_owner_by_kind'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(choices=[('deposit', 'Deposit'), ('appointment', 'Visit')], max_length=20)),
                ('subject', models.UUIDField(blank=True, db_index=True, null=True)),
                ('method', models.CharField(choices=[('wallet', 'Wallet'), ('card', 'Card'), ('desk', 'At the desk')], max_length=20)),
                ('gateway', models.CharField(blank=True, max_length=20)),
                ('gateway_reference', models.CharField(blank=True, max_length=120)),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('status', models.CharField(choices=[('created', 'Started'), ('pending', 'Checking'), ('succeeded', 'Paid'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='created', max_length=10)),
                ('failure', models.CharField(blank=True, max_length=16, verbose_name='why it failed')),
                ('source', models.CharField(blank=True, max_length=10)),
                ('card_digits', models.CharField(blank=True, max_length=4)),
                ('action_url', models.CharField(blank=True, max_length=300)),
                ('late', models.BooleanField(default=False)),
                ('idempotency_key', models.UUIDField()),
                ('created_at', models.DateTimeField()),
                ('charged_at', models.DateTimeField(blank=True, null=True)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'indexes': [
                    models.Index(condition=models.Q(('status__in', ['created', 'pending'])), fields=['created_at'], name='payment_open'),
                    models.Index(condition=models.Q(('gateway_reference', ''), ('status', 'failed')), fields=['checked_at'], name='payment_lost'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('user', 'idempotency_key'), name='payment_key_once_a_user'),
                    models.UniqueConstraint(condition=models.Q(('late', False), ('status__in', ['pending', 'succeeded']), ('subject__isnull', False)), fields=('subject',), name='payment_one_live_a_subject'),
                    models.UniqueConstraint(condition=models.Q(('gateway_reference', ''), _negated=True), fields=('gateway', 'gateway_reference'), name='payment_gateway_reference_once'),
                    models.CheckConstraint(condition=models.Q(('failure__in', ['', 'bank-silent', 'refused', 'refused-late', 'too-little', 'not-confirmed', 'confirmed-late', 'not-that-much', 'card-closed'])), name='payment_failure_known'),
                    models.CheckConstraint(condition=models.Q(('source__in', ['', 'card', 'cash', 'terminal'])), name='payment_source_known'),
                    models.CheckConstraint(condition=models.Q(('card_digits', ''), ('source', 'card'), _connector='OR'), name='payment_digits_of_cards_only'),
                    models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_amount_positive'),
                    models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('status__in', ['created', 'pending'])), models.Q(('settled_at__isnull', False), ('status__in', ['succeeded', 'failed', 'cancelled'])), _connector='OR'), name='payment_settled_at_when_settled'),
                    models.CheckConstraint(condition=models.Q(('method', 'wallet'), models.Q(('charged_at__isnull', True), ('status__in', ['created', 'cancelled'])), models.Q(('charged_at__isnull', False), ('status__in', ['pending', 'succeeded', 'failed'])), _connector='OR'), name='payment_charged_at_when_charged'),
                    models.CheckConstraint(condition=models.Q(('late', False), ('status', 'succeeded'), _connector='OR'), name='payment_late_only_when_succeeded'),
                    models.CheckConstraint(condition=models.Q(models.Q(('purpose', 'deposit'), ('subject__isnull', True)), models.Q(models.Q(('purpose', 'deposit'), _negated=True), ('subject__isnull', False)), _connector='OR'), name='payment_subject_unless_deposit'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount', models.BigIntegerField()),
                ('card_amount', models.BigIntegerField(default=0)),
                ('status', models.CharField(choices=[('pending', 'On its way'), ('succeeded', 'Given back'), ('failed', 'Refused by the bank')], default='succeeded', max_length=10)),
                ('failure', models.CharField(blank=True, max_length=16, verbose_name='why it failed')),
                ('gateway_reference', models.CharField(blank=True, max_length=120)),
                ('reason', models.CharField(max_length=16)),
                ('created_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='refund', to='payments.journalentry')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.payment')),
                ('returned', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='returned_refund', to='payments.journalentry')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'indexes': [
                    models.Index(condition=models.Q(('status', 'pending')), fields=['asked_at'], name='refund_pending'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('reason__in', ['by-patient', 'by-clinic', 'entered-in-error', 'missed-visit'])), name='refund_reason_known'),
                    models.CheckConstraint(condition=models.Q(('failure__in', ['', 'bank-silent', 'refused', 'refused-late', 'too-little', 'not-confirmed', 'confirmed-late', 'not-that-much', 'card-closed'])), name='refund_failure_known'),
                    models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_amount_positive'),
                    models.CheckConstraint(condition=models.Q(('card_amount__gte', 0), ('card_amount__lte', models.F('amount'))), name='refund_card_amount_within'),
                    models.CheckConstraint(condition=models.Q(('card_amount__gt', 0), ('status', 'succeeded'), _connector='OR'), name='refund_to_wallet_is_done'),
                    models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('status', 'pending')), models.Q(models.Q(('status', 'pending'), _negated=True), ('settled_at__isnull', False)), _connector='OR'), name='refund_settled_at_when_settled'),
                    models.CheckConstraint(condition=models.Q(models.Q(('returned__isnull', False), ('status', 'failed')), models.Q(models.Q(('status', 'failed'), _negated=True), ('returned__isnull', True)), _connector='OR'), name='refund_returned_when_failed'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SimulatedRefund',
            fields=[
                ('reference', models.CharField(max_length=60, primary_key=True, serialize=False)),
                ('idempotency_key', models.UUIDField(unique=True)),
                ('amount', models.BigIntegerField()),
                ('status', models.CharField(choices=[('pending', 'On its way'), ('succeeded', 'Given back'), ('failed', 'Refused by the bank')], max_length=10)),
                ('reason', models.CharField(blank=True, max_length=16)),
                ('created_at', models.DateTimeField()),
                ('charge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sent_back', to='payments.simulatedcharge')),
            ],
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.BigIntegerField()),
                ('credit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='payments.ledgeraccount')),
                ('debit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='debits', to='payments.ledgeraccount')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='payments.journalentry')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='transfer_amount_positive'),
                    models.CheckConstraint(condition=models.Q(('debit', models.F('credit')), _negated=True), name='transfer_between_two_accounts'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Wallet',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('balance', models.BigIntegerField(default=0)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='wallet', to='payments.ledgeraccount')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='wallet', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'permissions': [('pay_out_wallet', 'Can pay out a wallet at the desk')],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('balance__gte', 0)), name='wallet_balance_not_negative'),
                ],
            },
        ),
        migrations.RunPython(add_guards, remove_guards),
    ]
