"""No model points to an app above its own: foreign keys count as imports."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model

from tests.apps import FLOORS

pytestmark = pytest.mark.any_database


def our_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in FLOORS]


def relations(model: type[Model]) -> list[tuple[str, str]]:
    """(field, label of the model it points to) of every forward relation."""
    return [
        (field.name, field.related_model._meta.label)
        for field in [*model._meta.fields, *model._meta.many_to_many]
        if field.is_relation and isinstance(field.related_model, type)
    ]


def test_no_model_points_upward() -> None:
    checked, upward = 0, []
    for model in our_models():
        for field, target in relations(model):
            label = target.split(".")[0]
            if target == settings.AUTH_USER_MODEL or label not in FLOORS:
                continue
            checked += 1
            if FLOORS.index(label) < FLOORS.index(model._meta.app_label):
                upward.append(f"{model._meta.label}.{field} → {target}")
    assert upward == []
    assert checked > 10, "the walk finds the relations"


def test_every_app_of_ours_has_a_floor() -> None:
    ours = {
        config.label
        for config in apps.get_app_configs()
        if str(settings.BASE_DIR) in config.path and ".venv" not in config.path
    }
    # The admin and the static files are Django's, configured by us.
    assert {label for label in ours if label not in {"admin", "staticfiles"}} == set(FLOORS)


def test_each_app_says_its_floor() -> None:
    """The registries of accounts run the upper apps' hooks first, by this number."""
    floors = [apps.get_app_config(label).floor for label in FLOORS]
    assert floors == sorted(set(floors), reverse=True)


def test_history_is_never_deleted_along() -> None:
    """A row with history may not vanish because another one does (design rule 8)."""
    cascades = {
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.fields
        if field.is_relation and field.remote_field.on_delete.__name__ == "CASCADE"
    }
    # Weekly hours are no history: they are replaced whenever they change.
    assert cascades <= {"doctors.WorkingHours.doctor"}
