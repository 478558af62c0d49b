#!/usr/bin/env python3
"""Reference values for tests/evaluate/significance_test.cpp, by scipy and statsmodels (DeLong: by its definition in numpy).

    python3 -m venv v && v/bin/pip install scipy statsmodels && v/bin/python tools/statistics_reference.py

Prints C++ lines; the numbers in the test are copied from here.
"""
import numpy as np
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests


def delong(first, second, positive):
    first, second, positive = (np.asarray(v, float) for v in (first, second, positive))
    parts = []
    for scores in (first, second):
        above, below = scores[positive == 1], scores[positive == 0]
        wins = (above[:, None] > below[None, :]) + 0.5 * (above[:, None] == below[None, :])
        parts.append((wins.mean(1), wins.mean(0), wins.mean()))
    covariance = np.cov(np.stack([p[0] for p in parts])) / (positive == 1).sum() + np.cov(np.stack([p[1] for p in parts])) / (positive == 0).sum()
    error = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    difference = parts[0][2] - parts[1][2]
    return parts[0][2], parts[1][2], error, 2 * stats.norm.sf(abs(difference) / error)


LEFT, RIGHT = [0.81, 0.84, 0.79], [0.76, 0.80, 0.77]
print("t, 3 against 3:", *stats.ttest_ind(LEFT, RIGHT, alternative="greater"))
print("t, 2 against 2:", *stats.ttest_ind([0.9, 0.8], [0.7, 0.75], alternative="greater"))
print("t interval:", stats.t.interval(0.95, 2, np.mean(LEFT), stats.sem(LEFT)))
FIRST = [0.9, 0.8, 0.7, 0.6, 0.55, 0.5, 0.4, 0.4, 0.3, 0.2]
SECOND = [0.7, 0.9, 0.4, 0.6, 0.3, 0.5, 0.6, 0.2, 0.35, 0.1]
POSITIVE = [1, 1, 1, 0, 1, 0, 1, 0, 0, 0]
print("DeLong with ties:", *delong(FIRST, SECOND, POSITIVE))
print("McNemar 2 against 8:", mcnemar([[50, 2], [8, 40]], exact=True).pvalue, "5 against 5:", mcnemar([[1, 5], [5, 1]], exact=True).pvalue)
print("Holm:", *multipletests([0.01, 0.04, 0.03, 0.005], method="holm")[1])
pooled = np.sqrt((np.var(LEFT, ddof=1) + np.var(RIGHT, ddof=1)) / 2)
print("Hedges' g:", (np.mean(LEFT) - np.mean(RIGHT)) / pooled * (1 - 3 / (4 * 4 - 1)))
