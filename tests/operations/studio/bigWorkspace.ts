import { type Answers, workspaceId } from "./support";

const endpoint = {
  id: `${workspaceId}/onlineEndpoints/chat`,
  name: "chat",
  properties: {
    provisioningState: "Succeeded",
    authMode: "Key",
    scoringUri: "https://chat.test/score",
    traffic: { blue: 100 },
  },
};
const deployment = {
  id: `${endpoint.id}/deployments/blue`,
  name: "blue",
  sku: { capacity: 2 },
  properties: {
    provisioningState: "Succeeded",
    instanceType: "Standard_NC24ads_A100_v4",
    model: `${workspaceId}/models/m/versions/1`,
  },
};
const job = (name: string) => ({
  id: `${workspaceId}/jobs/${name}`,
  name,
  systemData: { createdAt: "2026-01-01T00:00:00Z" },
  properties: { status: "Running", displayName: `job ${name}` },
});
const points = Array.from({ length: 10_000 }, (_, step) => ({
  key: "loss",
  value: 1 / (step + 1),
  step,
  timestamp: 0,
}));

/** Answers of a workspace with one endpoint, 500 jobs, and 10,000 values of a metric of job `j1`. */
export const bigWorkspace: Answers = {
  jobs: { value: Array.from({ length: 500 }, (_, index) => job(`j${index}`)) },
  "jobs/j1": job("j1"),
  [`/history/v1.0${workspaceId}/runs/j1/details`]: {
    runId: "j1",
    status: "Running",
    startTimeUtc: "2026-01-01T00:00:00Z",
  },
  [`/history/v1.0${workspaceId}/runs/j1/children`]: { value: [] },
  "/mlflow/api/2.0/mlflow/runs/get": {
    run: { info: {}, data: { metrics: [{ key: "loss", value: 0.1, step: 9_999 }] } },
  },
  "/mlflow/api/2.0/mlflow/metrics/get-history": { metrics: points },
  models: { value: [{ name: "m" }] },
  "models/m/versions": {
    value: [{ id: `${workspaceId}/models/m/versions/1`, name: "1", properties: { tags: { job: "j1" } } }],
  },
  data: { value: [] },
  computes: { value: [] },
  onlineEndpoints: { value: [endpoint] },
  "onlineEndpoints/chat": endpoint,
  "onlineEndpoints/chat/deployments": { value: [deployment] },
  "onlineEndpoints/chat/listKeys": { primaryKey: "secret-key" },
  "onlineEndpoints/chat/providers/Microsoft.Insights/metrics": { value: [] },
  // A model that repeats what it was sent must not repeat the key either.
  "/score": { output: "Paris", accessToken: "secret-key" },
};
