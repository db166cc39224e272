/** What the table needs of a deployed stack: requests to ARM, as a person's portal sends them. */
export interface Azure {
  /** Changes a resource of the state (`Type name`) as the portal does: GET, change, PUT, wait. */
  edit(resource: string, change: (body: Body) => void): Promise<void>;
  /** Deletes a resource of the state and waits. */
  remove(resource: string): Promise<void>;
  /** The same for the stack's job. */
  editJob(change: (body: Body) => void): Promise<void>;
  removeJob(): Promise<void>;
  /** Deletes the blobs of the data assets. */
  removeData(): Promise<void>;
}

export interface Body {
  tags: Record<string, string>;
  sku: { name: string; capacity: number };
  // The portal's body of any type: each row knows its own.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  properties: any;
}

export interface Drift {
  /** `Type name` in the state. */
  resource: string;
  /** What somebody does, for people. */
  change: string;
  act(azure: Azure): Promise<void>;
  /** Operation that `refresh` reports for the resource; undefined: it reports none. */
  refresh?: "update" | "delete" | undefined;
  /** The recovery before the refresh takes it out of the state, so the refresh does not report it. */
  forgotten?: true;
  /** Operation of the `up` after it; undefined: nothing to repair. */
  up?: "update" | "create";
  /** Further steps (`operation Type name`) of refresh and up. */
  also?: { refresh?: string[]; up?: string[] };
}

const changed = (resource: string, change: string, edit: (body: Body) => void): Drift => ({
  resource,
  change,
  act: (azure) => azure.edit(resource, edit),
  refresh: "update",
  up: "update",
});

const deleted = (resource: string, also?: Drift["also"]): Drift => ({
  resource,
  change: "deleted",
  act: (azure) => azure.remove(resource),
  refresh: "delete",
  up: "create",
  ...(also && { also }),
});

const switchOff = ({ properties }: Body): void => void (properties.enabled = false);

const switchOffLogs = ({ properties }: Body): void => {
  for (const log of properties.logs as { enabled: boolean }[]) log.enabled = false;
};

const uploads = ["test_gen", "test_sft", "train_sft"].map((split) => `DataUpload chat-dataset-${split}`);
const ofEndpoint = [
  "DiagnosticSetting endpoint-monitoring-logs",
  "OnlineDeployment endpoint",
  "Score endpoint-score",
  "Traffic traffic",
];
const each = (operation: string, names: readonly string[]): string[] =>
  names.map((name) => `${operation} ${name}`);

const untag = (body: Body): void => void delete body.tags["pulumi-stack"];

/** Rows of one round are applied together, before one refresh and one `up`. */
export const rounds: Record<string, Drift[]> = {
  "settings changed in the portal": [
    changed("ResourceGroup workspace-group", "an owner tag removed", untag),
    changed(
      "StorageAccount workspace-parts-storage",
      "public blobs allowed, TLS 1.0, closed to the network",
      ({ properties }) => {
        properties.allowBlobPublicAccess = true;
        properties.minimumTlsVersion = "TLS1_0";
        properties.publicNetworkAccess = "Disabled";
      },
    ),
    changed("Vault workspace-parts-vault", "an owner tag removed, closed to the network", (body) => {
      body.properties.publicNetworkAccess = "Disabled";
      untag(body);
    }),
    changed("Workspace workspace-parts-logs", "retention of the logs", ({ properties }) => {
      properties.retentionInDays = 90;
    }),
    changed("Component workspace-parts-insights", "an owner tag removed", untag),
    changed("Workspace workspace", "public network access disabled", ({ properties }) => {
      properties.publicNetworkAccess = "Disabled";
    }),
    changed("Compute gpu-cluster", "a node always on, more nodes at most", ({ properties }) => {
      properties.properties.scaleSettings = {
        minNodeCount: 1,
        maxNodeCount: 4,
        nodeIdleTimeBeforeScaleDown: "PT7200S",
      };
    }),
    changed("DataVersion chat-dataset-test_sft", "archived, its description changed", ({ properties }) => {
      properties.isArchived = true;
      properties.description = "changed";
    }),
    changed("ModelVersion registered-model", "archived, a tag removed", ({ properties }) => {
      properties.isArchived = true;
      delete properties.tags.job;
    }),
    changed("OnlineDeployment endpoint", "two instances, a shorter timeout", (body) => {
      body.sku.capacity = 2;
      body.properties.requestSettings.requestTimeout = "PT30S";
    }),
    {
      resource: "Traffic traffic",
      change: "traffic set to 0, the endpoint closed to the network, its description and owner tag changed",
      act: (azure) =>
        azure.edit("OnlineEndpoint endpoint", (body) => {
          body.properties.traffic = {};
          body.properties.description = "changed";
          body.properties.publicNetworkAccess = "Disabled";
          untag(body);
        }),
      refresh: "update",
      up: "update",
    },
    {
      resource: "PipelineJob fine-tuning",
      change: "the job archived, its tags removed",
      act: (azure) =>
        azure.editJob(({ properties }) => {
          properties.isArchived = true;
          properties.tags = {};
        }),
    },
    changed("DiagnosticSetting monitoring-workspace", "logs switched off", switchOffLogs),
    changed("DiagnosticSetting endpoint-monitoring-logs", "logs switched off", switchOffLogs),
    changed("MetricAlert endpoint-monitoring-latency", "switched off", switchOff),
    changed("ScheduledQueryRule endpoint-monitoring-errors", "switched off", switchOff),
    changed("ActionGroup monitoring-receivers", "without receivers", ({ properties }) => {
      properties.emailReceivers = [];
    }),
    changed("Budget monitoring-cost", "another amount", ({ properties }) => {
      properties.amount = 1;
    }),
  ],
  "parts deleted": [
    {
      ...deleted("OnlineDeployment endpoint", {
        // The answer belongs to the deployment that gave it. Traffic to it ends with it.
        refresh: ["delete Score endpoint-score", "update Traffic traffic"],
        up: ["create Score endpoint-score", "update Traffic traffic"],
      }),
      refresh: undefined,
      forgotten: true,
      act: async (azure) => {
        await azure.edit("OnlineEndpoint endpoint", ({ properties }) => void (properties.traffic = {}));
        await azure.remove("OnlineDeployment endpoint");
      },
    },
    { ...deleted("ModelVersion registered-model"), refresh: undefined, forgotten: true },
    { ...deleted("DataVersion chat-dataset-train_sft"), refresh: undefined, forgotten: true },
    deleted("Compute gpu-cluster"),
    deleted("RoleAssignment workspace-caller-data-access"),
  ],
  "the job and the data deleted": [
    {
      resource: "PipelineJob fine-tuning",
      change: "the job deleted",
      act: (azure) => azure.removeJob(),
    },
    {
      resource: "DataUpload chat-dataset-train_sft",
      change: "the blobs of all data assets deleted",
      act: (azure) => azure.removeData(),
      refresh: "delete",
      up: "create",
      also: { refresh: each("delete", uploads.slice(0, 2)), up: each("create", uploads.slice(0, 2)) },
    },
  ],
  "the endpoint deleted": [
    deleted("OnlineEndpoint endpoint", {
      refresh: each("delete", ofEndpoint),
      up: each("create", ofEndpoint),
    }),
  ],
  "alerts and logs deleted": [
    deleted("DiagnosticSetting monitoring-workspace"),
    deleted("DiagnosticSetting endpoint-monitoring-logs"),
    deleted("MetricAlert endpoint-monitoring-latency"),
    deleted("ScheduledQueryRule endpoint-monitoring-errors"),
    deleted("ActionGroup monitoring-receivers"),
    deleted("Budget monitoring-cost"),
  ],
  "what the workspace is built on deleted": [
    deleted("Component workspace-parts-insights"),
    deleted("Workspace workspace-parts-logs"),
    deleted("Vault workspace-parts-vault"),
    deleted("StorageAccount workspace-parts-storage", {
      refresh: each("delete", ["RoleAssignment workspace-caller-data-access", ...uploads]),
      up: each("create", ["RoleAssignment workspace-caller-data-access", ...uploads]),
    }),
  ],
};
