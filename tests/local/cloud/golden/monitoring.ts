/** Log Analytics workspaces and Application Insights components. */
import { asyncHeaders, LOCATION, resource, SYSTEM_DATA, TENANT } from "./common";
import { amid, armLife, type Golden } from "./exchange";

const PROVIDERS = "{group}/providers";
const tags = { owner: "golden" };
const LOGS_TYPE = "Microsoft.OperationalInsights/workspaces";
const LOGS = `${PROVIDERS}/${LOGS_TYPE}/fresh-logs`;
const LOGS_DOC =
  "inferred: from documents: OpenAPI of Microsoft.OperationalInsights 2023-09-01; outputs (etag among them) as azure-native 3.28.0 reads them";

const logs = resource(LOGS, LOGS_TYPE, {
  location: LOCATION,
  tags,
  etag: "<etag>",
  systemData: SYSTEM_DATA,
  properties: {
    customerId: "<guid:customer>",
    provisioningState: "Succeeded",
    sku: { name: "PerGB2018", lastSkuUpdate: "<time>" },
    retentionInDays: 60,
    features: { enableLogAccessUsingOnlyResourcePermissions: true },
    workspaceCapping: { dailyQuotaGb: -1, dataIngestionStatus: "RespectQuota", quotaNextResetTime: "<time>" },
    publicNetworkAccessForIngestion: "Enabled",
    publicNetworkAccessForQuery: "Enabled",
    createdDate: "<time>",
    modifiedDate: "<time>",
  },
});
const logsLife = armLife({
  provenance: LOGS_DOC,
  id: LOGS,
  version: "2023-09-01",
  put: { location: LOCATION, tags, properties: { sku: { name: "PerGB2018" }, retentionInDays: 60 } },
  made: {
    state: "Creating",
    has: asyncHeaders("Microsoft.OperationalInsights", "operationStatuses", "operationResults"),
  },
  resource: logs,
  lists: [`${PROVIDERS}/${LOGS_TYPE}`, `{sub}/providers/${LOGS_TYPE}`],
  patch: {
    body: { properties: { retentionInDays: 90 } },
    changes: { properties: { retentionInDays: 90 } },
    state: "Updating",
  },
  deleted: 202,
});
export const logWorkspaces: Golden = {
  about: "Log Analytics workspaces",
  needs: "group",
  exchanges: logsLife,
};

const INSIGHTS_TYPE = "Microsoft.Insights/components";
const INSIGHTS = `${PROVIDERS}/${INSIGHTS_TYPE}/fresh-insights`;
const INSIGHTS_DOC =
  "inferred: from documents: OpenAPI of Microsoft.Insights components 2020-02-02 (200 for a new one, no operation); names on the wire and etag as azure-native 3.28.0 has them";
const insights = resource(INSIGHTS, INSIGHTS_TYPE, {
  location: LOCATION,
  tags,
  kind: "web",
  etag: "<etag>",
  properties: {
    Application_Type: "web",
    ApplicationId: "fresh-insights",
    AppId: "<guid:app>",
    InstrumentationKey: "<guid:instrumentation>",
    ConnectionString:
      "InstrumentationKey=<guid:instrumentation>;IngestionEndpoint=https://westeurope.in.applicationinsights.localhost/;ApplicationId=<guid:app>",
    Name: "fresh-insights",
    CreationDate: "<time>",
    TenantId: TENANT,
    Flow_Type: "Bluefield",
    Request_Source: "rest",
    RetentionInDays: 90,
    IngestionMode: "ApplicationInsights",
    publicNetworkAccessForIngestion: "Enabled",
    publicNetworkAccessForQuery: "Enabled",
    Ver: "v2",
    provisioningState: "Succeeded",
  },
});
const insightsLife = armLife({
  provenance: INSIGHTS_DOC,
  id: INSIGHTS,
  version: "2020-02-02",
  put: { location: LOCATION, tags, kind: "web", properties: { Application_Type: "web" } },
  made: { status: 200 },
  resource: insights,
  lists: [`${PROVIDERS}/${INSIGHTS_TYPE}`, `{sub}/providers/${INSIGHTS_TYPE}`],
  patch: { body: { tags: { owner: "other" } }, changes: { tags: { owner: "other" } } },
});
const IV = "api-version=2020-02-02";

export const insightsComponents: Golden = {
  about: "Application Insights components",
  needs: "group",
  exchanges: [
    ...amid(insightsLife, [
      {
        name: "has the same entity tag in the body and in the header",
        provenance: INSIGHTS_DOC,
        send: `GET ${INSIGHTS}?${IV}`,
        status: 200,
        has: { etag: "<etag:tag>" },
        returns: { ...insights, etag: "<etag:tag>", tags: { owner: "other" } },
      },
      {
        name: "refuses a change conditional on another tag",
        provenance:
          "inferred: ARM's rule for If-Match (412 PreconditionFailed); this type's OpenAPI names no header",
        send: `PATCH ${INSIGHTS}?${IV}`,
        headers: { "if-match": '"00000000000000000000000000000000"' },
        body: { tags: {} },
        status: 412,
        returns: { error: { code: "PreconditionFailed", message: "<text>", target: "If-Match" } },
      },
    ]),
  ],
};
