import { ignored, type TerraformCoverage, within } from "../coverage.ts";

/**
 * A scaler of provisioned capacities is a second hand on `readCapacity` and `writeCapacity`, which every diff compares; and AWS
 * takes neither it nor its alarms away with the table ("Managing throughput capacity automatically with DynamoDB auto scaling").
 */
const SCALED = ignored(
  "`billing: on-demand` follows the load by itself, `onDemandThroughput` caps it: a scaler would move capacities that the config says, by alarms that bear no mark and outlive the table",
);

type Arguments = TerraformCoverage["arguments"];

const all = (...names: readonly string[]): Arguments => Object.fromEntries(names.map((name) => [name, SCALED]));

const WHOM = all("region", "resource_id", "scalable_dimension", "service_namespace");

/** A metric of CloudWatch; `dimension`: how the block of its dimensions is called. */
const metric = (dimension: string): Arguments => ({
  ...all("expression", "id", "label", "return_data"),
  ...within("metric_stat", {
    ...all("stat", "unit"),
    ...within("metric", all("metric_name", "namespace", `${dimension}.name`, `${dimension}.value`)),
  }),
});

const predefined = all("predefined_metric_type", "resource_label");

const forecasts = within("predictive_scaling_policy_configuration", {
  ...all("max_capacity_breach_behavior", "max_capacity_buffer", "mode", "scheduling_buffer_time"),
  ...within("metric_specification", {
    ...all("target_value"),
    ...within("customized_capacity_metric_specification.metric_data_query", metric("dimension")),
    ...within("customized_load_metric_specification.metric_data_query", metric("dimension")),
    ...within("customized_scaling_metric_specification.metric_data_query", metric("dimension")),
    ...within("predefined_load_metric_specification", predefined),
    ...within("predefined_metric_pair_specification", predefined),
    ...within("predefined_scaling_metric_specification", predefined),
  }),
});

const steps = within("step_scaling_policy_configuration", {
  ...all("adjustment_type", "cooldown", "metric_aggregation_type", "min_adjustment_magnitude"),
  ...within("step_adjustment", all("metric_interval_lower_bound", "metric_interval_upper_bound", "scaling_adjustment")),
});

const tracking = within("target_tracking_scaling_policy_configuration", {
  ...all("disable_scale_in", "scale_in_cooldown", "scale_out_cooldown", "target_value"),
  ...within("customized_metric_specification", {
    ...all("dimensions.name", "dimensions.value", "metric_name", "namespace", "statistic", "unit"),
    ...within("metrics", metric("dimensions")),
  }),
  ...within("predefined_metric_specification", predefined),
});

const target: Arguments = {
  ...all("max_capacity", "min_capacity", "role_arn", "tags"),
  ...within(
    "suspended_state",
    all("dynamic_scaling_in_suspended", "dynamic_scaling_out_suspended", "scheduled_scaling_suspended"),
  ),
};

const planned: Arguments = {
  ...all("end_time", "name", "schedule", "start_time", "timezone"),
  ...within("scalable_target_action", all("max_capacity", "min_capacity")),
};

const scaling = (name: string, rest: Arguments): TerraformCoverage => ({
  resource: `aws_appautoscaling_${name}`,
  section: "tables.<id>",
  arguments: { ...WHOM, ...rest },
});

/** Application Auto Scaling, as far as it moves the capacities of tables and indexes. */
export const scalingTerraform: readonly TerraformCoverage[] = [
  scaling("target", target),
  scaling("policy", { ...all("name", "policy_type"), ...forecasts, ...steps, ...tracking }),
  scaling("scheduled_action", planned),
];
