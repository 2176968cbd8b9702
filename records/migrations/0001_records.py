import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.validators


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("appointments", "0001_appointments"),
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
                'constraints': [models.UniqueConstraint(fields=('appointment', 'version'), name='record_version_once_a_visit'), models.CheckConstraint(condition=models.Q(('version__gt', 0)), name='record_version_from_one')],
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
                'constraints': [models.UniqueConstraint(fields=('record', 'position'), name='line_position_once')],
            },
        ),
    ]
