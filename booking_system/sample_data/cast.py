"""Who is in the sample clinic. Every name is made up, and every address ends in example.org."""

from dataclasses import dataclass

from accounts.enums import BloodGroup

DEMO_PASSWORD = "Clinic-demo-7"  # noqa: S105
# What the log-in is for, and its username.
DEMO_LOGINS = {"patient": "patient", "doctor": "doctor", "admin": "admin"}
DEMO_PATIENT_NAME = "Sadia Rahman"
DEMO_PATIENT_PLACE = "bd-3026-dhanmondi"


@dataclass(frozen=True)
class Person:
    """A doctor of the sample clinic; `fee` in whole units of the currency."""

    name: str
    specialty: str
    years: int
    fee: int
    qualifications: str
    # What the chamber is called after, and its place's code in the file of places.
    quarter: str
    place: str
    bio: str


# The first one is the demo log-in; the last one still waits for approval.
DOCTORS = [
    Person("Dr Farzana Kabir", "dermatology", 14, 1200, "MBBS, DDV",
           "Dhanmondi", "bd-3026-dhanmondi",
           "Acne, eczema and moles looked at with time and good light."),
    Person("Dr Anupam Barua", "cardiology", 21, 1800, "MBBS, MD (Cardiology)",
           "Gulshan", "bd-3026-gulshan",
           "Blood pressure, palpitations and care after a heart attack."),
    Person("Dr Shirin Akhter", "paediatrics", 17, 1000, "MBBS, DCH",
           "Uttara", "bd-3026-uttara-west",
           "From the first weeks to school age: growth, vaccines, fevers."),
    Person("Dr Mizanur Chowdhury", "general-medicine", 28, 800, "MBBS, FCPS (Medicine)",
           "Agrabad", "bd-2015-double-mooring",
           "The first person to ask when you don't know whom to ask."),
    Person("Dr Lamia Haque", "gynaecology", 12, 1300, "MBBS, FCPS (Gynaecology)",
           "Banani", "bd-3026-banani",
           "Pregnancy care, painful periods, and the questions in between."),
    Person("Dr Imtiaz Sobhan", "dentistry", 9, 900, "BDS, FCPS (Dental surgery)",
           "Mirpur", "bd-3026-mirpur",
           "Gentle fillings and root canals; nervous patients welcome."),
    Person("Dr Rupa Saha", "mental-health", 15, 1600, "MBBS, MPhil (Psychiatry)",
           "Dhanmondi", "bd-3026-dhanmondi",
           "Low mood, worry and sleep. The first visit is for listening."),
    Person("Kamrul Hasan", "physiotherapy", 11, 700, "BPT, MSc (Physiotherapy)",
           "Mohammadpur", "bd-3026-mohammadpur",
           "Back, knee and shoulder pain, and getting strong after surgery."),
    Person("Dr Tahmina Begum", "optometry", 8, 600, "BOptom",
           "Zindabazar", "bd-6091-kotwali",
           "Eye tests for glasses and lenses, for children too."),
    Person("Nafis Iqbal Khan", "audiology", 10, 750, "BSc (Audiology)",
           "Banani", "bd-3026-banani",
           "Hearing tests, and hearing aids fitted without a hurry."),
    Person("Dr Joseph Gomes", "chiropractic", 13, 1100, "DC",
           "Gulshan", "bd-3026-gulshan",
           "Stiff necks and aching backs, with exercises to take home."),
    Person("Dr Nasima Khatun", "general-medicine", 19, 700, "MBBS",
           "Shaheb Bazar", "bd-5081-boalia",
           "Family doctor for every age; diabetes is my special interest."),
    Person("Dr Arif Mahmud", "cardiology", 16, 1500, "MBBS, FCPS (Cardiology)",
           "Panchlaish", "bd-2015-panchlaish",
           "Chest pain explained, ECG in the same visit."),
    Person("Dr Monira Sultana", "paediatrics", 7, 900, "MBBS, MD (Paediatrics)",
           "Khalishpur", "bd-4047-khalishpur",
           "Asthma and allergies in children."),
    Person("Dr Debashish Roy", "dermatology", 23, 1400, "MBBS, FCPS (Dermatology)",
           "Kandirpar", "bd-2019-cumilla-adarsha-sadar",
           "Psoriasis, hair loss and skin that has been treated too much."),
    Person("Dr Sabrina Alam", "gynaecology", 20, 1500, "MBBS, DGO",
           "Panchlaish", "bd-2015-panchlaish",
           "Care before, during and after birth."),
    Person("Dr Rezaul Karim", "dentistry", 25, 1000, "BDS",
           "Tongi", "bd-3033-tongi-east",
           "Crowns, bridges and teeth that hurt tonight."),
    Person("Dr Ishrat Jahan", "mental-health", 9, 1400, "MBBS, MD (Psychiatry)",
           "Satmatha", "bd-5010-bogura-sadar",
           "Young people, exams and everything that weighs on them."),
    Person("Farhana Yasmin", "physiotherapy", 6, 650, "BPT",
           "Doratana", "bd-4041-jashore-sadar",
           "Women's health and recovery after childbirth."),
    Person("Dr Golam Mostafa", "optometry", 30, 800, "BOptom, MPhil",
           "Charpara", "bd-4561-mymensingh-sadar",
           "Reading glasses, screen strain and tired eyes."),
    Person("Dr Tania Ferdous", "general-medicine", 5, 600, "MBBS",
           "Nathullabad", "bd-1006-kotwali",
           "Fevers, coughs and certificates, evenings as well."),
    Person("Sajib Dewan", "audiology", 14, 800, "MSc (Audiology)",
           "Kolatoli", "bd-2022-coxs-bazar-sadar",
           "Ringing in the ears, dizziness, and protecting what you hear."),
    Person("Dr Parvin Nahar", "chiropractic", 8, 950, "DC",
           "Jahaj Company", "bd-5585-kotwali",
           "Posture for people who sit all day."),
    Person("Dr Omar Faruque", "cardiology", 4, 1000, "MBBS",
           "Sonadanga", "bd-4047-sonadanga",
           "Heart failure clinic and check-ups."),
]  # fmt: skip

FIRST_NAMES = [
    "Abir", "Afsana", "Akash", "Anika", "Arafat", "Ayesha", "Bappi", "Bithi", "Dipa", "Ehsan",
    "Fahim", "Fatema", "Habib", "Hasina", "Ibrahim", "Jannat", "Kamal", "Keya", "Liton", "Lubna",
    "Mahin", "Mitu", "Moushumi", "Nabila", "Nayeem", "Oishi", "Pinky", "Rafi", "Rehana", "Rony",
    "Sabbir", "Salma", "Shuvo", "Sumaiya", "Tanvir", "Tasnim", "Urmi", "Wasim", "Yasin", "Zinia",
]  # fmt: skip
LAST_NAMES = [
    "Ahmed", "Akter", "Bhuiyan", "Biswas", "Chakma", "Das", "Ferdous", "Ghosh", "Hossain", "Islam",
    "Kader", "Majumder", "Mia", "Nandi", "Paul", "Rahman", "Sarker", "Sikder", "Talukder", "Uddin",
]  # fmt: skip

# What patients say of their health: blood group, allergies, conditions, medication.
HEALTH = [
    (BloodGroup.O_POSITIVE, "Penicillin: rash", "", ""),
    (BloodGroup.B_POSITIVE, "", "Diabetes, type 2", "Metformin 500 mg, twice a day"),
    (BloodGroup.A_POSITIVE, "Shrimps", "Asthma", "Salbutamol, when needed"),
    (BloodGroup.AB_NEGATIVE, "", "", ""),
    ("", "Dust", "High blood pressure", "Amlodipine 5 mg"),
]

# What patients come with, and more of it, by specialty.
REASONS = {
    "mental-health": [("Can't sleep", "For three weeks, since the new job."),
                      ("Worried all day", "My heart races before meetings.")],
    "general-medicine": [("Fever that comes back", "Every evening since Sunday."),
                         ("Check my blood sugar", "My mother has diabetes."),
                         ("Cough for two weeks", "")],
    "dentistry": [("Tooth hurts when I chew", "Lower left, at the back."), ("Cleaning", "")],
    "physiotherapy": [("Knee pain on stairs", "Since I started running."),
                      ("Stiff shoulder", "I can't reach the shelf.")],
    "chiropractic": [("Lower back pain", "Worse after sitting."), ("Stiff neck", "")],
    "audiology": [("I turn the television up", "My family says too loud."),
                  ("Ringing in one ear", "The right one, at night.")],
    "optometry": [("New glasses", ""), ("Headache after reading", "At the computer too.")],
    "cardiology": [("Blood pressure is high", "150 over 95 at the pharmacy."),
                   ("My heart skips a beat", "Mostly in the evening.")],
    "dermatology": [("A mole that changed", "Darker than last year."),
                    ("Itchy rash on both arms", "Creams helped for a day only."),
                    ("Acne", ""), ("Dry, cracked hands", "I wash them a lot at work."),
                    ("Hair falls out", "For two months."), ("Sunburn that does not heal", ""),
                    ("A wart on my foot", "It hurts when I walk.")],
    "paediatrics": [("Vaccination", "Second dose."), ("My son eats little", "He is four.")],
    "gynaecology": [("Pregnancy check", "Week 20."), ("Painful periods", "")],
}  # fmt: skip

# What doctors write down, by specialty: diagnosis, advice, and medicines with dose, how often and
# how long. None of it is meant to treat anybody.
RECORDS = {
    "dermatology": ("Contact dermatitis", "Leave out the new soap; cotton next to the skin.", [
        ("Cetirizine", "10 mg", "Once a day, at night", "2 weeks"),
        ("Hydrocortisone 1% cream", "", "Twice a day, thinly", "1 week")]),
    "cardiology": ("Raised blood pressure", "Less salt, half an hour of walking a day.", [
        ("Amlodipine", "5 mg", "Once a day, in the morning", "1 month")]),
    "paediatrics": ("Healthy for the age", "Weight and height follow their lines.", []),
    "general-medicine": ("Viral fever", "Rest, and two litres of water a day.", [
        ("Paracetamol", "500 mg", "Up to three times a day", "5 days")]),
    "dentistry": ("Caries, lower left", "Filled; nothing hot for two hours.", [
        ("Ibuprofen", "400 mg", "When it hurts, after food", "3 days")]),
    "physiotherapy": ("Runner's knee", "The three exercises, every other day.", []),
    "mental-health": ("Trouble falling asleep", "Same hours each day, no telephone in bed.", []),
}  # fmt: skip
