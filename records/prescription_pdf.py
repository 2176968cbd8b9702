"""A prescription on paper."""

from django.utils.translation import gettext as _

from core.pdf import Paper
from core.times import day_label
from records.models import VisitRecord


def prescription_pdf(record: VisitRecord) -> bytes:
    """The prescription of one version of a visit's record, as a PDF.

    Days are the doctor's, as the visit is. One query for the lines unless they are prefetched.
    """
    visit = record.appointment
    doctor, patient = visit.doctor, visit.patient
    seen_on = day_label(visit.start.astimezone(doctor.zone).date())
    title = _("Prescription for %(patient)s") % {"patient": patient.name}
    paper = Paper(
        title=title,
        footer=_("%(doctor)s · visit %(reference)s · version %(version)s")
        % {"doctor": doctor.name, "reference": visit.reference, "version": record.version},
    )
    paper.heading(_("Prescription"))
    paper.words(doctor.name, size=13, bold=True)
    licence = _("licence %(number)s") % {"number": doctor.licence_number}
    paper.words(" · ".join(filter(None, [doctor.qualifications, licence])), quiet=True)
    place = [doctor.clinic_name, doctor.clinic_address, doctor.clinic_area]
    paper.words(", ".join(filter(None, place)), quiet=True)
    paper.ln(4)
    paper.facts(
        [
            (_("Patient"), patient.name),
            (_("Date of birth"), day_label(patient.birth_date) if patient.birth_date else ""),
            (_("Seen on"), seen_on),
            (_("Reference"), visit.reference),
            (_("Diagnosis"), record.diagnosis),
        ]
    )
    paper.ln(4)
    paper.rows(
        [_("Medicine"), _("Dose"), _("How often"), _("How long")],
        [
            [
                "\n".join(filter(None, [line.medicine, line.remark])),
                line.dose,
                line.frequency,
                line.duration,
            ]
            for line in record.prescription.all()
        ],
        widths=(40, 18, 24, 18),
    )
    paper.ln(4)
    paper.facts(
        [
            (_("Come again"), day_label(record.follow_up_on) if record.follow_up_on else ""),
            (_("Follow-up"), record.follow_up),
        ]
    )
    paper.ln(16)
    paper.signature(_("Signature of %(doctor)s") % {"doctor": doctor.name})
    return paper.finish()
