"""How much history a portal has."""

SIZES = {
    "small": {
        "agencies": 50, "people": 1_000, "meetings": 10_000, "responses": 10_000,
        "actions": 10_000, "liaisons": 12, "waves": 4,
    },
    "big": {
        "agencies": 500, "people": 10_000, "meetings": 100_000, "responses": 100_000,
        "actions": 100_000, "liaisons": 40, "waves": 4,
    },
    "huge": {
        "agencies": 5_000, "people": 100_000, "meetings": 1_000_000, "responses": 1_000_000,
        "actions": 1_000_000, "liaisons": 400, "waves": 4,
    },
}  # fmt: skip
