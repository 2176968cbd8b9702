"""The outbox of messages."""

import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[('email', 'E-mail')], default='email', max_length=10)),
                ('kind', models.CharField(max_length=60)),
                ('key', models.CharField(max_length=250, unique=True)),
                ('subject_id', models.UUIDField(blank=True, db_index=True, null=True)),
                ('address', models.CharField(max_length=254)),
                ('facts', models.JSONField(default=dict)),
                ('secret', models.BooleanField(default=False)),
                ('status', models.CharField(choices=[('queued', 'Waiting'), ('rendering', 'Being written'), ('sending', 'Being sent'), ('sent', 'Sent'), ('failed', 'Failed'), ('uncertain', 'Uncertain'), ('expired', 'No longer of use')], default='queued', max_length=10)),
                ('subject', models.CharField(blank=True, max_length=250)),
                ('body_text', models.TextField(blank=True)),
                ('body_html', models.TextField(blank=True)),
                ('calendar', models.TextField(blank=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('text_until', models.DateTimeField(null=True)),
                ('forget_when_done', models.BooleanField(default=False)),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='outbox_messages', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'mail',
                'verbose_name_plural': 'mails',
                'ordering': ['-created_at'],
                'permissions': [('resend_outboxmessage', 'Can send a mail again')],
                'indexes': [
                    models.Index(condition=models.Q(('status__in', ['queued', 'rendering', 'sending'])), fields=['due_at'], name='message_unfinished'),
                    models.Index(condition=models.Q(('text_until__isnull', False)), fields=['text_until'], name='message_with_text'),
                    models.Index(condition=models.Q(('forget_when_done', True)), fields=['status'], name='message_to_forget'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'rendering', 'sending', 'sent', 'failed', 'uncertain', 'expired'])), name='message_status_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('status', 'sent')), models.Q(models.Q(('status', 'sent'), _negated=True), ('sent_at__isnull', True)), _connector='OR'), name='message_sent_has_moment'),
                    models.CheckConstraint(condition=models.Q(('text_until__isnull', False), models.Q(('body_html', ''), ('body_text', ''), ('calendar', '')), _connector='OR'), name='message_forgotten_has_no_text'),
                ],
            },
        ),
    ]
