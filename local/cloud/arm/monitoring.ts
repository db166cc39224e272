/** Log Analytics workspaces and Application Insights components: control plane only. */
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Cloud } from "../cloud";
import { LOCAL_TENANT_ID } from "../constants";
import { NAMES } from "../rules/names";
import { invalid, objectAt, requiredText, textAt } from "./body";
import { registerArmType } from "./type";
import type { ArmTypeSpec } from "./typeSpec";

const ROOT = "/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName/providers";
const LOGS = `${ROOT}/Microsoft.OperationalInsights/workspaces/:workspaceName`;
const INSIGHTS = `${ROOT}/Microsoft.Insights/components/:resourceName`;
const LOG_SKUS = [
  "Free",
  "Standard",
  "Premium",
  "PerNode",
  "PerGB2018",
  "Standalone",
  "CapacityReservation",
  "LACluster",
];

const logs: ArmTypeSpec = {
  type: "Microsoft.OperationalInsights/workspaces",
  path: LOGS,
  alsoListedAt: ["/subscriptions/:subscriptionId/providers/Microsoft.OperationalInsights/workspaces"],
  nameRule: NAMES.logWorkspace,
  tracked: true,
  topLevel: ["identity"],
  build: ({ body, existing, cloud }) => {
    const requested = objectAt(body, "properties") ?? {};
    const sku = objectAt(requested, "sku", "properties.sku");
    const name = sku ? requiredText(sku, "name", "properties.sku.name", LOG_SKUS) : "PerGB2018";
    const now = cloud.clock.now().toISOString();
    return {
      properties: {
        retentionInDays: 30,
        features: { enableLogAccessUsingOnlyResourcePermissions: true },
        workspaceCapping: { dailyQuotaGb: -1, dataIngestionStatus: "RespectQuota", quotaNextResetTime: now },
        publicNetworkAccessForIngestion: "Enabled",
        publicNetworkAccessForQuery: "Enabled",
        ...requested,
        sku: { ...sku, name: name.toLowerCase() === "pergb2018" ? "PerGB2018" : name, lastSkuUpdate: now },
        customerId: existing?.properties["customerId"] ?? randomUUID(),
        createdDate: existing?.properties["createdDate"] ?? now,
        modifiedDate: now,
      },
    };
  },
  etagInBody: true,
  putWork: { latency: "logs.create" },
  deleteWork: { latency: "logs.delete" },
};

const insights: ArmTypeSpec = {
  type: "Microsoft.Insights/components",
  path: INSIGHTS,
  alsoListedAt: ["/subscriptions/:subscriptionId/providers/Microsoft.Insights/components"],
  nameRule: { pattern: /^[\p{L}\p{N}_\-.()]{1,260}$/u, rule: "1 to 260 letters, digits and _-.()" },
  tracked: true,
  build: ({ body, existing, cloud, name }) => {
    const requested = objectAt(body, "properties") ?? {};
    const kind = requiredText({ kind: body["kind"] ?? existing?.kind }, "kind", "kind");
    const applicationType = requiredText(requested, "Application_Type", "properties.Application_Type", [
      "web",
      "other",
    ]);
    const logsId = textAt(requested, "WorkspaceResourceId", "properties.WorkspaceResourceId");
    if (logsId !== undefined && !cloud.resources.get(logsId)) {
      throw invalid(
        "BadRequest",
        `The Log Analytics workspace '${logsId}' was not found.`,
        "WorkspaceResourceId",
      );
    }
    const key = existing?.properties["InstrumentationKey"] ?? randomUUID();
    const appId = existing?.properties["AppId"] ?? randomUUID();
    const location = textAt(body, "location") ?? existing?.location ?? "";
    const ingestion = `https://${location}.in.applicationinsights.localhost/`;
    return {
      kind,
      properties: {
        Flow_Type: "Bluefield",
        Request_Source: "rest",
        RetentionInDays: 90,
        IngestionMode: logsId ? "LogAnalytics" : "ApplicationInsights",
        publicNetworkAccessForIngestion: "Enabled",
        publicNetworkAccessForQuery: "Enabled",
        ...requested,
        Application_Type: applicationType,
        ApplicationId: name,
        AppId: appId,
        InstrumentationKey: key,
        ConnectionString: `InstrumentationKey=${String(key)};IngestionEndpoint=${ingestion};ApplicationId=${String(appId)}`,
        Name: name,
        CreationDate: existing?.properties["CreationDate"] ?? cloud.clock.now().toISOString(),
        TenantId: LOCAL_TENANT_ID,
        Ver: "v2",
      },
    };
  },
  etagInBody: true,
  anonymous: true,
  // A component exists at once, and the service answers 200 for a new and for an existing one (OpenAPI
  // 2020-02-02).
  createdStatus: 200,
};

export function registerMonitoring(app: FastifyInstance, cloud: Cloud): void {
  registerArmType(app, cloud, logs);
  registerArmType(app, cloud, insights);
}
