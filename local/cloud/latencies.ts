/**
 * How long Azure takes, by name, in milliseconds: as long as the service (`realistic`) or shortened
 * (`brisk`).
 */

/**
 * `brisk` values are at most 300 ms, long enough for every state to be visible. `realistic` values are
 * recollections of the
 * live service; its documentation promises none.
 */
export const LATENCIES: Readonly<Record<string, { realistic: number; brisk: number }>> = {
  "group.delete": { realistic: 60_000, brisk: 150 },
  "storage.create": { realistic: 20_000, brisk: 100 },
  "vault.create": { realistic: 20_000, brisk: 100 },
  "logs.create": { realistic: 30_000, brisk: 100 },
  "logs.delete": { realistic: 15_000, brisk: 50 },
  "workspace.create": { realistic: 60_000, brisk: 200 },
  "workspace.delete": { realistic: 60_000, brisk: 150 },
  "registry.create": { realistic: 240_000, brisk: 200 },
  "registry.delete": { realistic: 120_000, brisk: 150 },
  "registry.import": { realistic: 120_000, brisk: 150 },
  "compute.create": { realistic: 40_000, brisk: 200 },
  "compute.delete": { realistic: 60_000, brisk: 150 },
  "node.start": { realistic: 420_000, brisk: 300 },
  "node.stop": { realistic: 60_000, brisk: 50 },
  "endpoint.create": { realistic: 90_000, brisk: 200 },
  "endpoint.update": { realistic: 20_000, brisk: 100 },
  "endpoint.delete": { realistic: 120_000, brisk: 200 },
  "deployment.create": { realistic: 480_000, brisk: 200 },
  "deployment.update": { realistic: 60_000, brisk: 100 },
  "deployment.delete": { realistic: 180_000, brisk: 150 },
  /** Pull of a step's or deployment's image on machines that do not have it yet. */
  "image.pull": { realistic: 180_000, brisk: 100 },
  /** From the start of a deployment's container to its first answer: it loads the model. */
  "container.start": { realistic: 120_000, brisk: 25 },
  "job.prepare": { realistic: 30_000, brisk: 100 },
  "step.prepare": { realistic: 60_000, brisk: 50 },
  "step.queue": { realistic: 20_000, brisk: 50 },
  /** Duration of the steps around the training for large models. The training itself takes its real time. */
  "step.ft_nlp_common_validation": { realistic: 45_000, brisk: 20 },
  "step.chat_completion_model_import": { realistic: 180_000, brisk: 20 },
  "step.chat_completion_datapreprocess": { realistic: 90_000, brisk: 20 },
  "step.model_prediction": { realistic: 300_000, brisk: 20 },
  "step.compute_metrics": { realistic: 60_000, brisk: 20 },
  "step.ft_nlp_model_converter": { realistic: 120_000, brisk: 20 },
  "step.chat_completion_model_converter": { realistic: 120_000, brisk: 20 },
  "step.finalize": { realistic: 15_000, brisk: 50 },
  "job.finalize": { realistic: 20_000, brisk: 50 },
  "job.delete": { realistic: 10_000, brisk: 50 },
  "operation.fail": { realistic: 30_000, brisk: 100 },
};

export const OTHER_LATENCY = { realistic: 30_000, brisk: 100 };
