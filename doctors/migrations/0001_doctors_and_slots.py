"""Doctors, their hours, time off and slots, which can't overlap."""

import core.validators
import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import doctors.models.doctors
import uuid
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def add_guards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """No two slots of a doctor overlap. SQLite's twin is `doctors/triggers.py`."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        schema_editor.execute(
            "ALTER TABLE doctors_slot ADD CONSTRAINT slot_no_overlap EXCLUDE USING gist "
            "(doctor_id WITH =, tstzrange(start, \"end\", '[)') WITH &&)"
        )


def remove_guards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE doctors_slot DROP CONSTRAINT slot_no_overlap")


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ('accounts', '0001_people'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name='Specialty',
            fields=[
                ('code', models.SlugField(max_length=40, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80, unique=True)),
                ('plain_name', models.CharField(max_length=80)),
                ('stock_name', models.CharField(blank=True, editable=False, max_length=80)),
                ('stock_plain_name', models.CharField(blank=True, editable=False, max_length=80)),
                ('icon', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'verbose_name_plural': 'specialties',
                'ordering': ['plain_name'],
            },
        ),
        migrations.CreateModel(
            name='Doctor',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=150, validators=[core.validators.PlainText()], verbose_name='name')),
                ('status', models.CharField(choices=[('pending', 'Waiting for approval'), ('approved', 'Approved'), ('refused', 'Refused')], default='pending', max_length=10)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('refusal_reason', models.CharField(blank=True, max_length=300, verbose_name='reason for refusing')),
                ('application', models.PositiveSmallIntegerField(default=1, editable=False)),
                ('licence_number', models.CharField(max_length=40, validators=[core.validators.PlainText()], verbose_name='licence number')),
                ('experience_years', models.PositiveSmallIntegerField(validators=[django.core.validators.MaxValueValidator(60)], verbose_name='years of experience')),
                ('qualifications', models.CharField(blank=True, max_length=200, validators=[core.validators.PlainText()], verbose_name='qualifications')),
                ('languages', models.CharField(blank=True, max_length=120, validators=[core.validators.PlainText()], verbose_name='languages')),
                ('bio', models.TextField(blank=True, max_length=3000, validators=[core.validators.PlainText(multiline=True)], verbose_name='about you')),
                ('clinic_name', models.CharField(blank=True, max_length=120, validators=[core.validators.PlainText()], verbose_name='clinic or chamber')),
                ('clinic_address', models.CharField(blank=True, max_length=250, validators=[core.validators.PlainText()], verbose_name='address')),
                ('clinic_area', models.CharField(blank=True, max_length=125, validators=[core.validators.PlainText()], verbose_name='area and city')),
                ('fee', models.PositiveBigIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='visit fee')),
                ('time_zone', models.CharField(max_length=64, validators=[doctors.models.doctors.check_zone], verbose_name='time zone')),
                ('slot_minutes', models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(480)], verbose_name='length of a visit')),
                ('buffer_minutes', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(120)], verbose_name='pause between visits')),
                ('accepting', models.BooleanField(default=True, verbose_name='accepting bookings')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('place', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='doctors', to='accounts.place', verbose_name='place')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='doctor', to=settings.AUTH_USER_MODEL)),
                ('specialties', models.ManyToManyField(related_name='doctors', to='doctors.specialty')),
            ],
            options={
                'ordering': ['name', 'id'],
                'permissions': [('approve_doctor', 'Can approve or refuse a doctor')],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('fee__gt', 0)), name='doctor_fee_positive'),
                    models.CheckConstraint(condition=models.Q(('experience_years__lte', 60)), name='doctor_experience_0_to_60'),
                    models.CheckConstraint(condition=models.Q(('slot_minutes__range', (5, 480))), name='doctor_slot_5_to_480'),
                    models.CheckConstraint(condition=models.Q(('buffer_minutes__lte', 120)), name='doctor_buffer_up_to_120'),
                    models.UniqueConstraint(django.db.models.functions.text.Upper(django.db.models.functions.text.Replace('licence_number', models.Value(' '), models.Value(''))), name='doctor_licence_unique', violation_error_code='licence_taken', violation_error_message='Another doctor here has this licence number.'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'approved'), _negated=True), ('approved_at__isnull', False), _connector='OR'), name='doctor_approved_has_moment'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'approved', 'refused'])), name='doctor_status_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='TimeOff',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('doctor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='time_off', to='doctors.doctor')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'time off',
                'ordering': ['start'],
                'indexes': [
                    models.Index(fields=['doctor', 'end'], name='time_off_doctor_end'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='time_off_end_after_start'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Slot',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('status', models.CharField(choices=[('free', 'Free'), ('busy-tentative', 'Held'), ('busy', 'Booked'), ('busy-unavailable', 'Closed')], default='free', max_length=20)),
                ('held_until', models.DateTimeField(blank=True, null=True)),
                ('doctor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='doctors.doctor')),
                ('closed_for', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='closed_slots', to='doctors.timeoff')),
            ],
            options={
                'ordering': ['start'],
                'indexes': [
                    models.Index(condition=models.Q(('status__in', ['free', 'busy-tentative'])), fields=['doctor', 'start'], include=('status', 'held_until', 'end', 'id'), name='slot_bookable'),
                    models.Index(condition=models.Q(('held_until__isnull', False)), fields=['held_until'], name='slot_held_until'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='slot_end_after_start'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['free', 'busy-tentative', 'busy', 'busy-unavailable'])), name='slot_status_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('held_until__isnull', False), ('status', 'busy-tentative')), models.Q(models.Q(('status', 'busy-tentative'), _negated=True), ('held_until__isnull', True)), _connector='OR'), name='slot_held_until_when_held'),
                    models.UniqueConstraint(fields=('doctor', 'start'), name='slot_start_once_a_doctor'),
                ],
            },
        ),
        migrations.CreateModel(
            name='WorkingHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')])),
                ('start', models.TimeField()),
                ('end', models.TimeField()),
                ('doctor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='working_hours', to='doctors.doctor')),
            ],
            options={
                'verbose_name_plural': 'working hours',
                'ordering': ['weekday', 'start'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('end__gt', models.F('start')), ('end', datetime.time(0, 0)), _connector='OR'), name='hours_end_after_start'),
                    models.CheckConstraint(condition=models.Q(('weekday__range', (0, 6))), name='hours_weekday_known'),
                    models.UniqueConstraint(fields=('doctor', 'weekday', 'start'), name='hours_start_once_a_day'),
                ],
            },
        ),
        migrations.RunPython(add_guards, remove_guards),
    ]
