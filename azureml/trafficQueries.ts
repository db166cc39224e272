/**
 * Queries of the traffic log of online endpoints. Table, columns and their meaning: MicrosoftDocs/azure-ai-docs,
 * articles/machine-learning/includes/endpoint-monitor-traffic-reference.md (ResponseCode is what the client gets). The type of
 * ResponseCode is not documented there, so the queries convert it.
 */
interface TrafficSource {
  workspace: string;
  endpoint: string;
}

/** One Log Analytics workspace can have the logs of several endpoints. Names consist of letters, digits, - and _. */
const requestsOf = ({ workspace, endpoint }: TrafficSource): string =>
  [
    "AmlOnlineEndpointTrafficLog",
    `| where EndpointName =~ "${endpoint}" and AzureMLWorkspaceName =~ "${workspace}"`,
  ].join("\n");

/**
 * One row with `ErrorRate`, the share of failed requests from 0 to 1; no row if there are fewer requests. Failed are 408, 424, 429
 * and 5xx, as for a roll-out in steps (providers/traffic/measure.ts).
 */
export function errorRateQuery(source: TrafficSource, minRequests: number): string {
  return [
    requestsOf(source),
    "| extend Code = toint(ResponseCode)",
    "| summarize Requests = count(), Failed = countif(Code in (408, 424, 429) or Code between (500 .. 599))",
    `| where Requests >= ${minRequests}`,
    "| project ErrorRate = todouble(Failed) / Requests",
  ].join("\n");
}

/** One row with `Requests`, also if there are none: `summarize` without `by` always returns a row. */
export function requestCountQuery(source: TrafficSource): string {
  return [requestsOf(source), "| summarize Requests = count()"].join("\n");
}
