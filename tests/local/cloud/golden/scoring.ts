/** Scoring: which deployment answers, who is authorized, and the answer when the model fails. */
import { FROM_SERVICE, MFE } from "./common";
import { changed, type Exchange, type Json } from "./exchange";
import { DEPLOYMENT, DV, ENDPOINT, ENDPOINT_DOC, endpoint, EV, put } from "./onlineDocuments";

const SCORE = "/endpoints/westeurope/golden-endpoint/score";
const SCORING_DOC =
  "inferred: from clients: the notebook's request file; concluded: a live chat model answers {output} (reference §3, Scoring)";
const question = {
  input_data: {
    input_string: [[{ role: "user", content: "Question?" }]],
    parameters: { temperature: 0.6, top_p: 0.9, do_sample: true, max_new_tokens: 200 },
  },
  params: {},
};
const TROUBLE =
  "inferred: from documents: azure-ai-docs, how-to-troubleshoot-online-endpoints (statuses and headers, reference §7)";
const withKey = { authorization: "Bearer <key:primary>" };

const METRICS = `${ENDPOINT}/providers/Microsoft.Insights/metrics?api-version=2024-02-01&timespan=2026-01-01T00:00:00Z/2026-01-01T00:02:00Z&interval=PT1M&aggregation=Average`;
const METRICS_DOC =
  "inferred: from documents: example Microsoft.Insights 2018-01-01 GetMetric.json (Azure/azure-rest-api-specs), names and dimensions of Azure Monitor's reference for onlineEndpoints";

function metricsOf(name: string, localizedValue: string, unit: string, timeseries: Json[]): Json {
  return {
    cost: 0,
    timespan: "2026-01-01T00:00:00Z/2026-01-01T00:02:00Z",
    interval: "PT1M",
    namespace: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    resourceregion: "westeurope",
    value: [
      {
        id: `${ENDPOINT}/providers/Microsoft.Insights/metrics/${name}`,
        type: "Microsoft.Insights/metrics",
        name: { value: name, localizedValue },
        displayDescription: "<text>",
        unit,
        timeseries,
        errorCode: "Success",
      },
    ],
  };
}

/** A deployment is called, gets the traffic, and loses it again. */
export function scoring(): Exchange[] {
  return [
    {
      name: "without a deployment that has traffic, there is no answer",
      provenance: TROUBLE,
      send: `POST ${SCORE}`,
      headers: withKey,
      body: question,
      status: 404,
      returns: { error: { code: "NotFound", message: "<text>" } },
    },
    {
      name: "the deployment named in the header answers",
      provenance: SCORING_DOC,
      send: `POST ${SCORE}`,
      headers: { ...withKey, "azureml-model-deployment": "demo" },
      body: question,
      status: 200,
      has: { "azureml-model-deployment": "demo" },
      returns: { output: "<text>" },
    },
    {
      name: "traffic is sent with the whole endpoint again, which is answered 200",
      provenance: ENDPOINT_DOC,
      send: `PUT ${ENDPOINT}?api-version=${EV}`,
      body: changed(put, { properties: { traffic: { demo: 100 } } }),
      status: 200,
      has: MFE,
      returns: changed(endpoint, { properties: { traffic: { demo: 100 }, provisioningState: "Updating" } }),
      settles: true,
    },
    {
      name: "the deployment with the traffic answers",
      provenance: SCORING_DOC,
      send: `POST ${SCORE}`,
      headers: withKey,
      body: question,
      status: 200,
      has: { "azureml-model-deployment": "demo" },
      returns: { output: "<text>" },
    },
    {
      name: "the endpoint's requests by minute, which have no value for a minute without requests",
      provenance: METRICS_DOC,
      send: `GET ${METRICS}&metricnames=RequestsPerMinute`,
      status: 200,
      returns: metricsOf("RequestsPerMinute", "Requests Per Minute", "Count", [
        {
          metadatavalues: [],
          data: [{ timeStamp: "2026-01-01T00:00:00Z" }, { timeStamp: "2026-01-01T00:01:00Z" }],
        },
      ]),
    },
    {
      name: "a filter on dimensions returns one series for each of their values, so none without requests",
      provenance: METRICS_DOC,
      send: `GET ${METRICS}&metricnames=RequestLatency_P95&$filter=deployment%20eq%20'*'`,
      status: 200,
      returns: metricsOf("RequestLatency_P95", "Request Latency P95", "MilliSeconds", []),
    },
    {
      name: "a wrong key is refused",
      provenance: TROUBLE,
      send: `POST ${SCORE}`,
      headers: { authorization: "Bearer wrong" },
      body: question,
      status: 401,
      has: { "content-type": "text/plain" },
      returns: "key_auth_access_denied",
    },
    {
      name: "a refusal by the model is a 424 with the model's own status",
      provenance: TROUBLE,
      send: `POST ${SCORE}`,
      headers: withKey,
      body: { input_data: { input_string: [] } },
      status: 424,
      has: {
        "ms-azureml-model-error-statuscode": "400",
        "ms-azureml-model-error-reason": "model_error",
      },
      returns: { error: { code: "ModelError", message: "<text>" } },
    },
    {
      name: "the model refuses an unsupported member of the body and names what is supported",
      provenance:
        "inferred: the local model's code is strict here; a live container may ignore unknown members",
      send: `POST ${SCORE}`,
      headers: withKey,
      body: { ...question, temperature: 1 },
      status: 424,
      has: { "ms-azureml-model-error-statuscode": "400" },
      returns: {
        error: { code: "ModelError", message: '"temperature" is not known. Known: input_data, params.' },
      },
    },
    {
      name: "a deployment with traffic cannot be deleted",
      provenance: "inferred: a deployment with traffic cannot be deleted (rule in the catalog, reference §7)",
      send: `DELETE ${DEPLOYMENT}?api-version=${DV}`,
      status: 409,
      returns: {
        error: { ...FROM_SERVICE, code: "<text>", message: "<text>", target: "properties.traffic" },
      },
    },
    {
      name: "the traffic is removed",
      provenance: ENDPOINT_DOC,
      send: `PUT ${ENDPOINT}?api-version=${EV}`,
      body: changed(put, { properties: { traffic: {} } }),
      status: 200,
      returns: changed(endpoint, { properties: { provisioningState: "Updating" } }),
      settles: true,
    },
  ];
}
