import { type Azure, describe } from "../azure";
import type { ANSWER_FACTS } from "../facts/answers";
import { fixturePaths } from "../fixtures";
import { at, listAt } from "../json";
import type { Need, Probe } from "../probe";
import { mlflowUrl } from "../runs";
import { NotSettled } from "../verdict";

/** GETs a resource and requires the members. A member may be null, but not absent. */
function membersOf(
  needs: readonly Need[],
  what: string,
  pathOf: (azure: Azure) => string,
  members: readonly string[],
): Probe {
  const isGpu = needs.some((need) => ["tunedModel", "deployment"].includes(need));
  return {
    cost: isGpu ? "gpu" : needs.includes("job") ? "cheap" : "free",
    needs,
    calls: `GET ${what}`,
    run: async (azure) => {
      const { body, status } = await azure.call("GET", pathOf(azure));
      if (status !== 200) throw new NotSettled(`${what} could not be read (${status})`);
      const missing = members.filter((member) => at(body, member) === undefined);
      azure.check(
        missing.length === 0,
        "all members",
        missing.length === 0 ? "all" : `without ${missing.join(", ")}`,
      );
    },
  };
}

const properties = (...names: readonly string[]): string[] => names.map((name) => `properties.${name}`);

export const ANSWER_PROBES: Readonly<Record<keyof typeof ANSWER_FACTS, Probe>> = {
  "workspace-answer": membersOf(["workspace"], "the workspace", ({ paths }) => paths.workspace, [
    "location",
    "identity",
    ...properties(
      "workspaceId",
      "discoveryUrl",
      "mlFlowTrackingUri",
      "storageAccount",
      "keyVault",
      "provisioningState",
    ),
  ]),
  "storage-account-answer": membersOf(["storage"], "the storage account", ({ paths }) => paths.storage, [
    "properties.primaryEndpoints.blob",
  ]),
  "vault-answer": membersOf(
    ["vault"],
    "the key vault",
    ({ paths }) => paths.vault,
    properties("vaultUri", "tenantId", "sku"),
  ),
  "cluster-answer": membersOf(["cluster"], "the cluster", (azure) => fixturePaths(azure).cluster, [
    ...properties("computeType", "provisioningState"),
    ...[
      "vmSize",
      "vmPriority",
      "scaleSettings.maxNodeCount",
      "allocationState",
      "currentNodeCount",
      "nodeStateCounts",
    ].map((name) => `properties.properties.${name}`),
  ]),
  "datastore-answer": membersOf(
    ["workspace"],
    "workspaceblobstore",
    ({ paths }) => `${paths.workspace}/datastores/workspaceblobstore`,
    properties(
      "datastoreType",
      "accountName",
      "containerName",
      "endpoint",
      "protocol",
      "credentials.credentialsType",
    ),
  ),
  "data-version-answer": membersOf(
    ["data"],
    "the data version",
    (azure) => `${fixturePaths(azure).data}/versions/1`,
    properties("dataType", "dataUri", "tags", "isArchived"),
  ),
  "model-version-answer": membersOf(
    ["plainModel"],
    "the model version",
    (azure) => fixturePaths(azure).plainModel,
    properties("modelType", "modelUri", "flavors"),
  ),
  "job-answer": membersOf(["job"], "the job", (azure) => fixturePaths(azure).job, [
    "systemData.createdAt",
    ...properties(
      "jobType",
      "status",
      "displayName",
      "experimentName",
      "tags",
      "properties",
      "outputs.trained_model",
      "services",
    ),
  ]),
  "endpoint-answer": membersOf(["endpoint"], "the endpoint", (azure) => fixturePaths(azure).endpoint, [
    "location",
    "identity",
    ...properties("authMode", "scoringUri", "swaggerUri", "traffic", "provisioningState"),
  ]),
  "deployment-answer": membersOf(
    ["deployment"],
    "the deployment",
    (azure) => fixturePaths(azure).deployment,
    [
      "sku.capacity",
      ...properties(
        "instanceType",
        "model",
        "scaleSettings",
        "requestSettings",
        "livenessProbe",
        "readinessProbe",
        "provisioningState",
      ),
    ],
  ),
  "mlflow-run-answer": {
    cost: "gpu",
    needs: ["tunedModel"],
    calls: "GET mlflow/runs/get of the fine-tuning job",
    run: async (azure) => {
      const id = fixturePaths(azure).tunedJob.split("/").at(-1) ?? "";
      const options = { scope: azure.session.cloud.armScope, query: { run_id: id, run_uuid: id } };
      const { body } = await azure.call("GET", await mlflowUrl(azure, "runs/get"), undefined, options);
      for (const name of ["run_id", "experiment_id", "status"]) {
        azure.check(
          at(body, `run.info.${name}`) !== undefined,
          `info.${name}`,
          at(body, `run.info.${name}`) !== undefined,
        );
      }
      const metrics = listAt(body, "run.data.metrics");
      const complete = metrics.every((metric) =>
        ["key", "value", "step"].every((name) => at(metric, name) !== undefined),
      );
      azure.check(metrics.length > 0 && complete, "metrics with key, value and step", metrics.length);
    },
  },
  "environment-version-answer": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT an environment version, GET it",
    run: async (azure) => {
      const path = `${azure.paths.workspace}/environments/${azure.name("answer")}/versions/1`;
      await azure.made(path, { properties: { image: "mcr.microsoft.com/azureml/base:1" } });
      const { body } = await azure.call("GET", path);
      for (const name of ["image", "tags", "isArchived"]) {
        azure.check(
          at(body, `properties.${name}`) !== undefined,
          name,
          at(body, `properties.${name}`) !== undefined,
        );
      }
    },
  },
  "connection-hides-credentials": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT a connection with a made-up access token, GET it",
    run: async (azure) => {
      const path = `${azure.paths.workspace}/connections/${azure.name("git")}`;
      const put = {
        authType: "PAT",
        category: "Git",
        target: "https://git.example/repo",
        credentials: { pat: "made-up" },
      };
      const answer = await azure.call("PUT", path, { properties: put });
      if (answer.status >= 300) throw new NotSettled(`the connection was refused (${answer.status})`);
      const { text, status } = await azure.call("GET", path);
      azure.check(status === 200 && !text.includes("made-up"), "an answer without the token", status);
    },
  },
  "log-workspace-answer": {
    cost: "free",
    needs: ["group"],
    calls: "PUT a Log Analytics workspace, GET it",
    run: async (azure) => {
      const path = logWorkspace(azure, "log");
      await azure.made(path, logWorkspaceBody(azure));
      const { body } = await azure.call("GET", path);
      for (const name of ["customerId", "provisioningState"]) {
        azure.check(
          at(body, `properties.${name}`) !== undefined,
          name,
          at(body, `properties.${name}`) !== undefined,
        );
      }
    },
  },
  "insights-component-answer": {
    cost: "free",
    needs: ["group"],
    calls: "PUT an Application Insights component on a Log Analytics workspace",
    run: async (azure) => {
      const workspace = logWorkspace(azure, "log2");
      await azure.made(workspace, logWorkspaceBody(azure));
      const path = `${azure.paths.group}/providers/Microsoft.Insights/components/${azure.name("appi")}`;
      const properties = { Application_Type: "web", WorkspaceResourceId: workspace };
      const body = { location: azure.target.location, kind: "web", properties };
      const answer = await azure.call("PUT", path, body);
      azure.check([200, 201].includes(answer.status), "200 or 201", describe(answer));
      azure.check(
        at(answer.body, "properties.ConnectionString") !== undefined,
        "a ConnectionString",
        "present or not",
      );
    },
  },
  "template-deployment-answer": {
    cost: "free",
    needs: ["group"],
    calls: "PUT a template's deployment with a Log Analytics workspace, GET it",
    run: async (azure) => {
      const path = `${azure.paths.group}/providers/Microsoft.Resources/deployments/${azure.name("template")}`;
      const resource = {
        type: "Microsoft.OperationalInsights/workspaces",
        apiVersion: "2020-08-01",
        name: azure.name("log3"),
        location: azure.target.location,
        properties: {},
      };
      const $schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
      const template = { $schema, contentVersion: "1.0.0.0", resources: [resource] };
      const body = { properties: { mode: "Incremental", template, parameters: {} } };
      await azure.made(path, body);
      const answer = (await azure.call("GET", path)).body;
      azure.check(
        at(answer, "properties.provisioningState") === "Succeeded",
        "provisioningState Succeeded",
        at(answer, "properties.provisioningState"),
      );
      const created = listAt(answer, "properties.outputResources").map((one) => at(one, "id"));
      azure.check(created.length === 1, "one output resource", created);
    },
  },
  "mlflow-registers-models": {
    cost: "free",
    needs: ["workspace"],
    calls: "MLflow's registered-models/create, GET the model of that name, registered-models/rename",
    run: async (azure) => {
      const name = azure.name("registered");
      const options = { scope: azure.session.cloud.armScope };
      const send = async (action: string, body: unknown) =>
        azure.call("POST", await mlflowUrl(azure, `registered-models/${action}`), body, options);
      const made = await send("create", { name });
      if (made.status >= 300) throw new NotSettled(`the registered model was refused (${made.status})`);
      const { status } = await azure.call("GET", `${azure.paths.workspace}/models/${name}`);
      azure.check(status === 200, "a model of the workspace", status);
      const renamed = await send("rename", { name, new_name: `${name}-2` });
      azure.refused(renamed, { status: [400, 404, 405, 501] });
    },
  },
};

const logWorkspace = ({ paths, name }: Azure, suffix: string): string =>
  `${paths.group}/providers/Microsoft.OperationalInsights/workspaces/${name(suffix)}`;

const logWorkspaceBody = ({ target }: Azure): unknown => ({
  location: target.location,
  properties: { sku: { name: "PerGB2018" }, retentionInDays: 30 },
});
