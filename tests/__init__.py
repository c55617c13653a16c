"""A package only so that `tests.fixtures` is found before the `tests` that pygeoapi installs."""
