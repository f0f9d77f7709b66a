"""What test_names compares, and why some names are in one list alone."""

HEADERS = """
core/error.h core/rank.h core/chains.h core/safetensors.h
autodiff/graph.h autodiff/parameter_info.h autodiff/ops.h autodiff/transform.h autodiff/lift.h autodiff/program.h
autodiff/parameters.h autodiff/model.h autodiff/named_values.h autodiff/print.h
nn/init.h nn/mlp.h nn/supervised.h nn/transformer.h nn/import.h nn/config.h nn/checkpoint.h nn/data/dataset.h
nn/data/digits.h nn/data/registry.h nn/optim.h nn/schedule.h nn/train.h nn/evaluate.h nn/training_folder.h
interp/sweep/precision.h interp/sweep/sweep.h interp/layers/dense_network.h interp/layers/relu_net.h
interp/layers/firing_blocks.h interp/degeneracy/subject.h interp/degeneracy/conditional.h
interp/degeneracy/degeneracy.h interp/degeneracy/model_degeneracy.h interp/basis/folded.h interp/basis/quadrature.h
interp/basis/basis.h interp/edges/edges.h interp/edges/interaction_graph.h interp/edges/graph_files.h
interp/modules/layered_graph.h interp/modules/modules.h interp/llc/learning_coefficient.h
interp/llc/network_coefficient.h interp/llc/local_posterior.h interp/llc/sampler_spec.h interp/llc/chains.h
interp/llc/estimate.h
""".split()

# Writes go through feed, where C++ writes into the numbers in place.
ADDED = ["Parameters.feed"]

REASONS = {
    "Python says it otherwise: keywords, dtype=, [numpy.float32], feed, copies": """
        ProgramSpec Program.input Program.plan Binding.data cast nn.DatasetEvaluator interp.NumericProgram
        interp.numeric_program interp.precision_from interp.LocalPosterior.center_prior_at_zeros interp.layered_graph
        interp.NamedTensor interp.named_tensors interp.parameters_from""",
    "copies in lanes, several networks side by side: for loops that Python would not run": """
        take_lane put_lane nn.train_seeds_in nn.train_measured nn.MetricsLine nn.read_metrics_lines""",
    "how the library works inside, for who writes ops, optimizers or analyses": """
        Attributes Node Graph.emit Graph.node Graph.array Graph.require_own empty_handle nn.ConfigReader nn.Optimizer
        nn.Span nn.undecayed nn.loss_and_gradient nn.weight_start nn.bias_start interp.PathPoint interp.path_points
        interp.chains_together
        interp.FoldedModel.dense interp.FoldedModel.attention""",
    "files are read by path, and written by numpy": """
        SafeTensorsWriter parse_safetensors safetensors_numbers fields interp.fields nn.add_parameters
        nn.parse_transformer interp.read_samples
        interp.require_inputs""",
    "a dict is what C++ calls Inputs; data larger than memory, and several processes, are for the programs": """
        Inputs interp.inputs_in_file interp.columns_of interp.BlockShare interp.own_blocks interp.merged""",
    "passes over data that analyses make; their findings are here": """
        interp.Chunk interp.SweepPlan interp.SweepSpec interp.Sweeper interp.sweep interp.plan_sweep
        interp.sweep_reduce interp.one_hot_seeds interp.layer_values interp.augmented_activations
        interp.output_gradients""",
    "parts of degeneracy, whose report has what they find": """
        Ruler decide_rank rank_rounding rank_tolerance interp.Subject interp.subject interp.activation_values
        interp.gradient_values interp.layer_ranges interp.layer_starts interp.whole_ranges interp.shared_ruler
        interp.conditional_bound interp.ConditionalBound.relations interp.firing_blocks interp.firing_margin
        interp.network_factors
        interp.centered_weight interp.layer_name interp.ModelSubject interp.model_subject interp.NoticedAt
        interp.noticed_at interp.ModelDegeneracy.relations interp.reading""",
    "not yet": """
        nn.DataOptions.csv nn.DataOptions.toy nn.Reading nn.Dataset.reading interp.judge_place
        interp.matching_strength interp.Modules.partition""",
}

OMITTED = [name for names in REASONS.values() for name in names.split()]
