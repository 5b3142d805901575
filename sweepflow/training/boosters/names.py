"""The names of each library's parameters that it does not show, or that mean something to a sweep."""

import difflib
from collections.abc import Collection
from typing import Any, NamedTuple

from sweepflow.fields.nearest import suggestion

_MISSPELT = 0.8
"""From this similarity on, a name counts as a misspelt one."""


_ALIKE = (
    {"eval_metric", "metric"},
    {"objective", "loss_function"},
    {"n_estimators", "iterations"},
    {"max_depth", "depth"},
    {"n_jobs", "thread_count"},
    {"verbosity", "verbose"},
    {"device", "task_type"},
    {"class_weight", "class_weights"},
)
"""What the libraries call alike; one that takes any name would take that of another one for nothing."""


class Names(NamedTuple):
    """What one library calls the parameters that a sweep has to know."""

    package: str
    rounds: tuple[str, ...]
    """How many rounds it trains, its usual name first."""
    default_rounds: int
    patience: tuple[str, ...]
    """Those that make it stop early, if there are validation rows."""
    threads: tuple[str, ...]
    loudness: tuple[str, ...]
    """How much it prints."""
    quiet: tuple[str, Any]
    """Which of these makes it print nothing, and its value for that."""
    own: frozenset[str]
    """What only Sweepflow may set."""
    open: frozenset[str] = frozenset()
    """Those that it takes without listing them, and that neither name a file nor reach a network."""
    closed: frozenset[str] = frozenset()
    """Those that may name a file to read or write, or reach a network."""
    takes_any: bool = False
    """Whether it takes names that it does not list."""

    @property
    def kept_back(self) -> frozenset[str]:
        """What a spec from a web form may not set."""
        return self.own | self.closed

    @property
    def unlisted(self) -> frozenset[str]:
        """What any spec may set, though the library does not list it."""
        others = (*self.rounds, *self.threads, *self.patience, *self.loudness)
        return self.open.union(others) - self.kept_back

    def refusal(self, name: str, path: str, listed: Collection[str], *, is_trusted: bool) -> str | None:
        """Why a spec may not set this parameter of the estimator at that path; None if it may.

        `listed` are the parameters that the library shows. Unless `is_trusted`, the spec may come from a web
        form.
        """
        if name in self.own:
            return "is set by Sweepflow itself; leave it out"
        if name in self.closed:
            fault = "may name a file or reach a network, so only your own shell or code may set it"
            return None if is_trusted else f"{fault}; leave it out"
        shown = {*listed, *self.rounds} - self.kept_back
        known = {*shown, *self.unlisted}
        if name in known:
            return None
        if alike := [each for group in _ALIKE if name in group for each in sorted(group & known)]:
            return f"{path} has no parameter '{name}'; did you mean '{alike[0]}'?"
        near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=_MISSPELT)
        if is_trusted and self.takes_any and not near and "__" not in name:
            return None
        return f"{path} has no parameter '{name}'; {suggestion(name, near or sorted(shown))}"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


XGBOOST = Names(
    package="xgboost",
    rounds=("n_estimators", "num_boost_round"),
    default_rounds=100,
    patience=("early_stopping_rounds",),
    threads=("n_jobs", "nthread"),
    loudness=("verbosity",),
    quiet=("verbosity", 0),
    own=frozenset({"callbacks", "feature_types"}),
    open=_words(
        "alpha eta lambda max_cached_hist_node min_split_loss normalize_type num_class one_drop "
        "quantile_alpha huber_slope rate_drop sample_type seed seed_per_iteration skip_drop "
        "tweedie_variance_power disable_default_eval_metric feature_selector top_k refresh_leaf "
        "process_type nthread"
    ),
    closed=frozenset({"data", "model_in", "model_out", "process_name"}),
    takes_any=True,
)

LIGHTGBM = Names(
    package="lightgbm",
    rounds=(
        *("n_estimators", "num_iterations", "num_iteration", "n_iter", "num_tree", "num_trees", "num_round"),
        *("num_rounds", "nrounds", "num_boost_round", "max_iter"),
    ),
    default_rounds=100,
    patience=("early_stopping_rounds", "early_stopping_round", "early_stopping", "n_iter_no_change"),
    threads=("n_jobs", "num_threads", "num_thread", "nthread", "nthreads"),
    loudness=("verbose", "verbosity"),
    quiet=("verbose", -1),
    own=frozenset({"callbacks", "categorical_feature", "categorical_features", "cat_feature"}),
    open=_words(
        # how it grows
        "num_iterations num_iteration n_iter num_tree num_trees num_round num_rounds nrounds "
        "num_boost_round max_iter early_stopping_rounds early_stopping_round early_stopping "
        "n_iter_no_change early_stopping_min_delta first_metric_only metric metrics boosting boost "
        "eta shrinkage_rate data_sample_strategy top_rate other_rate drop_rate rate_drop max_drop "
        "skip_drop xgboost_dart_mode uniform_drop linear_tree linear_lambda boost_from_average "
        "refit_decay_rate deterministic use_quantized_grad num_grad_quant_bins "
        "quant_train_renew_leaf stochastic_rounding extra_trees path_smooth "
        # leaves and splits
        "max_leaf num_leaf max_leaves max_leaf_nodes min_data_in_leaf min_data min_data_per_leaf "
        "min_samples_leaf min_sum_hessian_in_leaf min_hessian min_sum_hessian min_gain_to_split "
        "max_delta_step max_leaf_output max_tree_output monotone_constraints "
        "monotone_constraints_method monotone_penalty interaction_constraints feature_contri "
        "cegb_tradeoff cegb_penalty_split cegb_penalty_feature_lazy cegb_penalty_feature_coupled "
        # regularization and sampling
        "lambda_l1 lambda_l2 lambda l1_regularization l2_regularization bagging_fraction bagging "
        "sub_row bagging_freq pos_bagging_fraction neg_bagging_fraction feature_fraction sub_feature "
        "feature_fraction_bynode colsample_bynode "
        # bins and categories
        "max_bin max_bins max_bin_by_feature min_data_in_bin bin_construct_sample_cnt enable_bundle "
        "is_enable_sparse use_missing zero_as_missing feature_pre_filter min_data_per_group "
        "max_cat_threshold cat_l2 cat_smooth max_cat_to_onehot "
        # targets
        "is_unbalance unbalance unbalanced_sets scale_pos_weight sigmoid reg_sqrt alpha fair_c "
        "poisson_max_delta_step tweedie_variance_power multi_error_top_k num_class num_classes "
        # seeds, processor, output
        "seed random_seed bagging_seed feature_fraction_seed data_random_seed drop_seed extra_seed "
        "objective_seed num_threads num_thread nthread nthreads device_type device gpu_use_dp "
        "gpu_device_id gpu_platform_id num_gpu force_col_wise force_row_wise histogram_pool_size "
        "verbose verbosity metric_freq saved_feature_importance_type"
    ),
    closed=_words(
        "config config_file data train train_data train_data_file data_filename valid test valid_data "
        "valid_data_file test_data test_data_file valid_filenames input_model model_input model_in "
        "output_model model_output model_out output_result predict_result prediction_result "
        "predict_name prediction_name pred_name name_pred convert_model convert_model_file task "
        "task_type forcedsplits_filename fs forced_splits_filename forced_splits_file forced_splits "
        "forcedbins_filename parser_config_file snapshot_freq save_period save_binary is_save_binary "
        "is_save_binary_file machine_list_filename machine_list_file machine_list mlist machines "
        "workers nodes num_machines num_machine local_listen_port local_port port time_out"
    ),
    takes_any=True,
)

CATBOOST = Names(
    package="catboost",
    rounds=("iterations", "n_estimators", "num_boost_round", "num_trees"),
    default_rounds=1000,
    patience=("early_stopping_rounds", "od_wait", "od_type", "od_pval", "use_best_model"),
    threads=("thread_count",),
    loudness=("verbose", "silent", "logging_level"),
    quiet=("logging_level", "Silent"),
    own=_words(
        "callback cat_features text_features embedding_features class_names classes_count "
        "eval_fraction metric_period"
    ),
    closed=_words(
        "input_borders output_borders train_dir save_snapshot snapshot_file allow_writing_files name "
        "metadata device_config dictionaries tokenizers feature_calcers text_processing"
    ),
)
