"""The types that a model file may hold, by their exact names: what scikit-learn's own models need.

Whoever writes a file chooses the arguments with which a type on this list is called when the file is loaded.
So a type is on it only if neither making nor calling it, with any numbers, texts and other types of the list,
can run code of the caller's choice, or reach a file, a process or the network. Never add `functools.partial`
and `operator.methodcaller`, which call any function by name; distributions of scipy.stats, which execute a
text of theirs when they are loaded; or a whole package.
"""

_LEARNED = {  # what a fitted estimator keeps, beyond what skops 0.16 trusts itself
    "collections": "OrderedDict",  # LightGBM's record of its scores
    "numpy": "dtype",
    "scipy._lib.array_api_compat.numpy._aliases": "asarray",  # which a BSpline keeps
    "scipy.interpolate._bsplines": "BSpline",
    "scipy.sparse._bsr": "bsr_array bsr_matrix",
    "scipy.sparse._coo": "coo_array coo_matrix",
    "scipy.sparse._csc": "csc_array csc_matrix",
    "scipy.sparse._csr": "csr_array csr_matrix",
    "scipy.sparse._dia": "dia_array dia_matrix",
    "sklearn._loss.link": "HalfLogitLink IdentityLink Interval LogLink LogitLink MultinomialLogit",
    "sklearn._loss.loss": (
        "AbsoluteError HalfBinomialLoss HalfGammaLoss HalfMultinomialLoss HalfPoissonLoss "
        "HalfSquaredError HalfTweedieLoss HalfTweedieLossIdentity PinballLoss"
    ),
    "sklearn.calibration": "_CalibratedClassifier _SigmoidCalibration _TemperatureScaling",
    "sklearn.cluster._bisect_k_means": "_BisectingTree",
    "sklearn.cluster._kmeans": "_kmeans_single_elkan _kmeans_single_lloyd",
    "sklearn.compose._column_transformer": "make_column_selector",
    "sklearn.ensemble._hist_gradient_boosting.predictor": "TreePredictor",
    "sklearn.gaussian_process._gpc": "_BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels": (
        "CompoundKernel ConstantKernel DotProduct ExpSineSquared Exponentiation Matern PairwiseKernel "
        "Product RBF RationalQuadratic Sum WhiteKernel"
    ),
    "sklearn.impute._iterative": "IterativeImputer _ImputerTriplet",
    "sklearn.multiclass": "_ConstantPredictor",
    "sklearn.neighbors._ball_tree": "BallTree BallTree32 BallTree64",
    "sklearn.neighbors._kd_tree": "KDTree KDTree32 KDTree64",
    "sklearn.neural_network._stochastic_optimizers": "AdamOptimizer SGDOptimizer",
    "sklearn.tree._tree": "Tree",
    "sklearn.utils._bunch": "Bunch",
}
_DISTANCES = (
    "BrayCurtis Canberra Chebyshev Dice Euclidean Hamming Haversine Jaccard Mahalanobis Manhattan Minkowski "
    "PyFunc RogersTanimoto RussellRao SEuclidean SokalMichener SokalSneath"
)
_SEARCHES = {  # what a search object keeps
    "sklearn.metrics._scorer": "_CurveScorer _MultimetricScorer _PassthroughScorer _Scorer",
    "sklearn.model_selection._search_successive_halving": "HalvingGridSearchCV HalvingRandomSearchCV",
    "sklearn.model_selection._split": (
        "GroupKFold GroupShuffleSplit KFold LeaveOneGroupOut LeaveOneOut LeavePGroupsOut LeavePOut "
        "PredefinedSplit RepeatedKFold RepeatedStratifiedKFold ShuffleSplit StratifiedGroupKFold "
        "StratifiedKFold StratifiedShuffleSplit TimeSeriesSplit _CVIterableWrapper"
    ),
    "sklearn.utils._metadata_requests": "MetadataRequest MethodMetadataRequest",
}
_FUNCTIONS = {  # of arrays, that give numbers and do nothing else
    "numpy": "clip max mean median min nan_to_num",
    "scipy.spatial.distance": (
        "braycurtis canberra chebyshev cityblock correlation cosine euclidean hamming jaccard minkowski "
        "sqeuclidean"
    ),
    "sklearn.feature_selection._mutual_info": "mutual_info_classif mutual_info_regression",
    "sklearn.feature_selection._univariate_selection": "chi2 f_classif f_regression r_regression",
    "sklearn.metrics._classification": (
        "accuracy_score balanced_accuracy_score brier_score_loss cohen_kappa_score d2_brier_score "
        "d2_log_loss_score f1_score fbeta_score hamming_loss hinge_loss jaccard_score log_loss "
        "matthews_corrcoef precision_score recall_score zero_one_loss"
    ),
    "sklearn.metrics._ranking": "average_precision_score roc_auc_score top_k_accuracy_score",
    "sklearn.metrics._regression": (
        "d2_absolute_error_score d2_pinball_score d2_tweedie_score explained_variance_score max_error "
        "mean_absolute_error mean_absolute_percentage_error mean_gamma_deviance mean_pinball_loss "
        "mean_poisson_deviance mean_squared_error mean_squared_log_error mean_tweedie_deviance "
        "median_absolute_error r2_score root_mean_squared_error root_mean_squared_log_error"
    ),
    "sklearn.metrics._scorer": "negative_likelihood_ratio positive_likelihood_ratio",
    "sklearn.metrics.cluster._supervised": (
        "adjusted_mutual_info_score adjusted_rand_score completeness_score fowlkes_mallows_score "
        "homogeneity_score mutual_info_score normalized_mutual_info_score rand_score v_measure_score"
    ),
    "sklearn.utils.validation": "check_array",
    "sklearn.metrics.pairwise": (
        "additive_chi2_kernel chi2_kernel cosine_distances cosine_similarity euclidean_distances "
        "haversine_distances laplacian_kernel linear_kernel manhattan_distances nan_euclidean_distances "
        "polynomial_kernel rbf_kernel sigmoid_kernel"
    ),
}
_OWN = {
    "sweepflow.labelled": "LabelledModel",
    "sweepflow.training.boosters.of_catboost": "CatBoostClassifier CatBoostRegressor",
    "sweepflow.training.boosters.of_lightgbm": "LGBMClassifier LGBMRegressor",
    "sweepflow.training.boosters.of_xgboost": "XGBClassifier XGBRegressor",
    "sweepflow.training.category_numbers": "CategoryCounts TargetMeans",
    "sweepflow.training.dates": "DateFeatures TimeFeatures",
    "sweepflow.training.named_columns": "NamedColumns",
    "sweepflow.training.native_columns": "CategoryColumns NativeColumns",
    "sweepflow.training.plain": "PlainBooleans PlainNumbers PlainText",
    "sweepflow.training.target_scale": "TargetScale TransformedTarget",
    "sweepflow.training.weighted": "WeightedImputer WeightedScaler",
    "sweepflow.training.threshold": "ThresholdClassifier",
}

TRUSTED_TYPES = frozenset(
    {
        f"{module}.{name}"
        for group in (_LEARNED, _SEARCHES, _FUNCTIONS, _OWN)
        for module, names in group.items()
        for name in names.split()
    }
    | {
        f"sklearn.metrics._dist_metrics.{name}Distance{bits}"
        for name in _DISTANCES.split()
        for bits in (32, 64)
    }
)
