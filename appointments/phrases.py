"""What is stored as the reason of a step of a visit, or as what a payment is for."""

from core.stored_labels import phrase

VISIT_WITH = phrase("Visit with %(doctor)s")
CANCELLED_BY_PATIENT = phrase("Visit cancelled by the patient")
CANCELLED_BY_CLINIC = phrase("Visit cancelled by the clinic")
ENTERED_IN_ERROR = phrase("Visit entered in error")
MISSED_VISIT = phrase("Share of the fee for a missed visit")
MOVED_FEE = phrase("Visit moved: the fee is another one now")
MOVED_HERE = phrase("The visit was moved here")
TAKEN_BACK = phrase("Taken back")
DOCTOR_DECLINED = phrase("The doctor declined the request")
CLINIC_DECLINED = phrase("The clinic declined the request")
NOT_ANSWERED = phrase("The doctor did not answer the request in time")
DOCTOR_ABSENT = phrase("The doctor can't come")
MONEY_WANTED = phrase("The doctor can't come, and the patient wanted the money back")
TOLD_NOT_TO_COME = phrase("The patient was told not to come, and can't any more")
OFFER_DECLINED = phrase("The offer was declined")
OTHER_TIME = phrase("Chose another time")
GIVEN_BACK = phrase("Gave the time back")
RUN_OUT = phrase("The hold ran out")
