"""Users, patients, places, data exports and the audit, which can't be rewritten."""

import accounts.models.people
import core.validators
import django.contrib.auth.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import phonenumber_field.modelfields
import uuid
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

AUDIT = "accounts_auditevent"
# A person's address, and with it the detail about them, may be emptied; nothing else.
REFUSE = """
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.ip IS NULL AND NEW.detail IN ('{}'::jsonb, OLD.detail)
       AND to_jsonb(NEW) - 'ip' - 'detail' = to_jsonb(OLD) - 'ip' - 'detail'
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME;
END
"""


def add_guards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The audit can't be rewritten, except for what closing an account empties.

    SQLite's twin is `accounts/triggers.py`. The journal's function belongs to an upper floor, so
    this one is separate.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$${REFUSE}$$"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {AUDIT}_append_only BEFORE UPDATE OR DELETE ON {AUDIT} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
        )


def remove_guards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {AUDIT}_append_only ON {AUDIT}")
        schema_editor.execute("DROP FUNCTION refuse_audit_change()")


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]
    operations = [
        migrations.CreateModel(
            name='CodeGuesses',
            fields=[
                ('address_digest', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('guesses', models.PositiveSmallIntegerField()),
            ],
            options={
                'verbose_name_plural': 'code guesses',
            },
        ),
        migrations.CreateModel(
            name='UnwantedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('storage', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=300)),
                ('since', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Place',
            fields=[
                ('code', models.SlugField(max_length=60, primary_key=True, serialize=False)),
                ('level', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(blank=True, max_length=40)),
                ('name', models.CharField(max_length=60)),
                ('local_name', models.CharField(blank=True, max_length=60)),
                ('path', models.CharField(editable=False, max_length=200)),
                ('search_text', models.TextField(editable=False)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='accounts.place')),
            ],
            options={
                'ordering': ['name', 'code'],
                'constraints': [
                    models.UniqueConstraint(fields=('parent', 'name'), name='place_name_once_in_parent'),
                    models.UniqueConstraint(condition=models.Q(('parent__isnull', True)), fields=('name',), name='place_name_once_at_top'),
                    models.CheckConstraint(condition=models.Q(models.Q(('level', 1), ('parent__isnull', True)), models.Q(('level__in', [2, 3]), ('parent__isnull', False)), _connector='OR'), name='place_level_1_has_no_parent'),
                ],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail address')),
                ('role', models.CharField(choices=[('patient', 'Patient'), ('doctor', 'Doctor'), ('admin', 'Admin')], default='patient', max_length=10)),
                ('time_zone', models.CharField(blank=True, max_length=64, verbose_name='time zone')),
                ('language', models.CharField(default=accounts.models.people.get_site_language, max_length=10, verbose_name='language')),
                ('address', models.CharField(blank=True, max_length=250, validators=[core.validators.PlainText()], verbose_name='house and street')),
                ('reminder_hours', models.PositiveSmallIntegerField(choices=[(0, 'Not at all'), (2, '2 hours before'), (24, '1 day before'), (48, '2 days before'), (168, '1 week before')], default=24, verbose_name='reminder')),
                ('discreet', models.BooleanField(default=False, verbose_name='discreet mode')),
                ('muted_mails', models.JSONField(blank=True, default=list, verbose_name='mails not wanted')),
                ('payment_choice', models.CharField(blank=True, choices=[('wallet', 'Wallet'), ('card', 'Card')], max_length=10, verbose_name='payment')),
                ('mobile', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=16, null=True, region=None, unique=True, verbose_name='mobile number')),
                ('photo', models.CharField(blank=True, editable=False, max_length=32)),
                ('setup_done', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('closed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('place', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.place')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'permissions': [('manage_user', 'Can activate, deactivate and change what users may do')],
                'abstract': False,
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('closed_at__isnull', True), ('is_active', False), _connector='OR'), name='user_closed_is_inactive'),
                    models.UniqueConstraint(django.db.models.functions.text.Lower('email'), condition=models.Q(('email', ''), _negated=True), name='user_email_unique', violation_error_message='Somebody already uses this e-mail address.'),
                    models.UniqueConstraint(django.db.models.functions.text.Lower('username'), name='user_username_unique', violation_error_message='Somebody already uses this username.'),
                    models.CheckConstraint(condition=models.Q(('role__in', ['patient', 'doctor', 'admin'])), name='user_role_known'),
                    models.CheckConstraint(condition=models.Q(('reminder_hours__in', [0, 2, 24, 48, 168])), name='user_reminder_known'),
                    models.CheckConstraint(condition=models.Q(('payment_choice__in', ['', 'wallet', 'card'])), name='user_payment_choice_known'),
                    models.CheckConstraint(condition=models.Q(('mobile__isnull', True), models.Q(('mobile__startswith', '+'), models.Q(('mobile__startswith', '+880'), _negated=True)), models.Q(django.db.models.lookups.Exact(django.db.models.functions.text.Length('mobile'), 14), ('mobile__startswith', '+880')), _connector='OR'), name='user_mobile_e164'),
                    models.CheckConstraint(condition=models.Q(('setup_done__lte', 7)), name='user_setup_steps_known'),
                ],
            },
            managers=[
                ('objects', accounts.models.people.PeopleManager()),
            ],
        ),
        migrations.CreateModel(
            name='Patient',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('relationship', models.CharField(choices=[('self', 'Me'), ('child', 'My child'), ('parent', 'My parent'), ('spouse', 'My spouse'), ('other', 'Someone else')], default='self', max_length=10)),
                ('name', models.CharField(max_length=150, validators=[core.validators.PlainText()], verbose_name='full name')),
                ('birth_date', models.DateField(blank=True, null=True, verbose_name='date of birth')),
                ('gender', models.CharField(blank=True, choices=[('female', 'Female'), ('male', 'Male'), ('other', 'Other'), ('unknown', 'Rather not say')], max_length=10, verbose_name='sex')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='patients', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('relationship', 'self')), fields=('user',), name='patient_one_self_a_user'),
                    models.CheckConstraint(condition=models.Q(('relationship__in', ['self', 'child', 'parent', 'spouse', 'other'])), name='patient_relationship_known'),
                    models.CheckConstraint(condition=models.Q(('gender__in', ['', 'female', 'male', 'other', 'unknown'])), name='patient_gender_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='MedicalProfile',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('blood_group', models.CharField(blank=True, choices=[('278147001', 'O+'), ('278148006', 'O−'), ('278149003', 'A+'), ('278152006', 'A−'), ('278150003', 'B+'), ('278153001', 'B−'), ('278151004', 'AB+'), ('278154007', 'AB−')], max_length=10, verbose_name='blood group')),
                ('allergies', models.TextField(blank=True, max_length=1000, validators=[core.validators.PlainText(multiline=True)], verbose_name='allergies')),
                ('conditions', models.TextField(blank=True, max_length=1000, validators=[core.validators.PlainText(multiline=True)], verbose_name='conditions')),
                ('medication', models.TextField(blank=True, max_length=1000, validators=[core.validators.PlainText(multiline=True)], verbose_name='medication')),
                ('emergency_name', models.CharField(blank=True, max_length=150, validators=[core.validators.PlainText()], verbose_name='emergency contact')),
                ('emergency_phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=16, region=None, verbose_name='their phone number')),
                ('saved_at', models.DateTimeField()),
                ('saved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='medical_profile', to='accounts.patient')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('blood_group__in', ['', '278147001', '278148006', '278149003', '278152006', '278150003', '278153001', '278151004', '278154007'])), name='profile_blood_group_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('what', models.CharField(max_length=60)),
                ('subject_type', models.CharField(max_length=60)),
                ('subject_id', models.UUIDField()),
                ('detail', models.JSONField(blank=True, default=dict)),
                ('ip', models.GenericIPAddressField(blank=True, null=True, verbose_name='IP address')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='audit_events', to='accounts.patient')),
            ],
            options={
                'verbose_name': 'audit row',
                'verbose_name_plural': 'audit',
                'ordering': ['-at', '-id'],
                'indexes': [
                    models.Index(fields=['patient', '-at', '-id'], name='audit_patient'),
                    models.Index(fields=['subject_id', '-at'], name='audit_subject'),
                    models.Index(fields=['actor', '-at'], name='audit_actor'),
                    models.Index(fields=['-at', '-id'], name='audit_at'),
                ],
            },
        ),
        migrations.CreateModel(
            name='DataExport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Being made'), ('ready', 'Ready'), ('failed', 'Failed'), ('expired', 'Deleted')], default='queued', max_length=10)),
                ('requested_at', models.DateTimeField()),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('file', models.CharField(blank=True, max_length=100)),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('ready_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='data_exports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-requested_at'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('status__in', ('queued', 'running'))), fields=('user',), name='export_one_underway_a_user'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'running', 'ready', 'failed', 'expired'])), name='export_status_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'ready'), _negated=True), models.Q(('expires_at__isnull', False), ('ready_at__isnull', False)), _connector='OR'), name='export_ready_expires'),
                ],
            },
        ),
        migrations.RunPython(add_guards, remove_guards),
    ]
