"""How a walk is taken: step after step, each drawn at random from all that are possible then.

A walk that fails is told as it was taken, with its seed. Looking for a shorter one would take
longer than all other tests together.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

USUAL_SEED = 7
SEED = int(os.environ.get("SOAK_SEED") or USUAL_SEED)
RUNS, STEPS = 16, 60

Step = TypeVar("Step", bound=Callable[..., None])


def rule(**choices: Sequence[Any]) -> Callable[[Step], Step]:
    """Makes a method a step of walks: each argument is drawn from its choices."""

    def make(step: Step) -> Step:
        vars(step)["choices"] = choices
        return step

    return make


def precondition(may: Callable[[Any], object]) -> Callable[[Step], Step]:
    """The step is possible only while this is true of the walker."""

    def make(step: Step) -> Step:
        vars(step)["may"] = may
        return step

    return make


@dataclass
class Tally:
    """How often each action answered what, and scenes were played that lead to an answer."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    played: Counter[tuple[str, str]] = field(default_factory=Counter)


class Walker:
    """Takes steps: its methods with `rule`. A new one for each run."""

    # Where a run may begin.
    openings: Sequence[Any]

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.story: list[str] = []

    def opens(self, opening: Any) -> None:
        """Comes before the first step."""
        raise NotImplementedError

    def run_ends(self) -> None:
        """Comes after the last step, if none failed."""

    def close(self) -> None:
        """Comes at the end, whatever happened."""

    @classmethod
    def steps(cls) -> list[str]:
        return [name for name in dir(cls) if hasattr(getattr(cls, name), "choices")]

    def possible(self) -> list[str]:
        steps = type(self).steps()
        return [name for name in steps if getattr(getattr(self, name), "may", _always)(self)]


def _always(_walker: Walker) -> bool:
    return True


def walk(make: Callable[[Tally], Walker], seed: int) -> Tally:
    """Takes the walk of that seed. Where it fails, the run's story is added to what was raised."""
    tally = Tally()
    for run in range(RUNS):
        chance, walker = random.Random(f"{seed}, run {run}"), make(tally)
        try:
            walker.opens(chance.choice(walker.openings))
            for _step in range(STEPS):
                name = chance.choice(walker.possible())
                step = getattr(walker, name)
                arguments = {what: chance.choice(of) for what, of in step.choices.items()}
                walker.story.append(f"{name}({_told(arguments)})")
                step(**arguments)
            walker.story.append("the run ends")
            walker.run_ends()
        except BaseException as error:
            story = "\n  ".join(walker.story)
            error.add_note(f"SOAK_SEED={seed}, run {run + 1} of {RUNS}:\n  {story}")
            raise
        finally:
            walker.close()
    return tally


def _told(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())
