"""What the editor of a record sends."""


def form(*lines: dict[str, str], **fields: object) -> dict[str, object]:
    """What the editor's page sends."""
    data: dict[str, object] = {
        "based_on": 0, "lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": 0, **fields,
    }  # fmt: skip
    for index, line in enumerate(lines):
        data |= {f"lines-{index}-{name}": value for name, value in line.items()}
    return data
