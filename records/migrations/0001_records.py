"""What doctors write about visits: it can't be rewritten."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import core.validators

TABLES = ("records_visitrecord", "records_prescriptionline")


def add_guards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What a doctor wrote can't be rewritten. SQLite's twin is `records/triggers.py`.

    The function comes from the migration of payments.
    """
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )


def remove_guards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("appointments", "0001_appointments"),
        ("payments", "0001_ledger"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name='VisitRecord',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('diagnosis', models.CharField(blank=True, max_length=300, validators=[core.validators.PlainText()], verbose_name='diagnosis')),
                ('notes', models.TextField(blank=True, max_length=10000, validators=[core.validators.PlainText(multiline=True)], verbose_name='notes')),
                ('follow_up_on', models.DateField(blank=True, null=True, verbose_name='follow-up on')),
                ('follow_up', models.CharField(blank=True, max_length=300, validators=[core.validators.PlainText()], verbose_name='follow-up, in words')),
                ('private_notes', models.TextField(blank=True, max_length=10000, validators=[core.validators.PlainText(multiline=True)], verbose_name='private notes')),
                ('saved_at', models.DateTimeField()),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='records', to='appointments.appointment')),
                ('saved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['appointment', '-version'],
                'constraints': [
                    models.UniqueConstraint(fields=('appointment', 'version'), name='record_version_once_a_visit'),
                    models.CheckConstraint(condition=models.Q(('version__gt', 0)), name='record_version_from_one'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PrescriptionLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('medicine', models.CharField(max_length=120, validators=[core.validators.PlainText()], verbose_name='medicine')),
                ('dose', models.CharField(blank=True, max_length=60, validators=[core.validators.PlainText()], verbose_name='dose')),
                ('frequency', models.CharField(blank=True, max_length=80, validators=[core.validators.PlainText()], verbose_name='how often')),
                ('duration', models.CharField(blank=True, max_length=60, validators=[core.validators.PlainText()], verbose_name='how long')),
                ('remark', models.CharField(blank=True, max_length=200, validators=[core.validators.PlainText()], verbose_name='remark')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prescription', to='records.visitrecord')),
            ],
            options={
                'ordering': ['position'],
                'constraints': [
                    models.UniqueConstraint(fields=('record', 'position'), name='line_position_once'),
                ],
            },
        ),
        migrations.RunPython(add_guards, remove_guards),
    ]
