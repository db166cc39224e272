/** Artifacts of runs. Clients read and write them at addresses that run history returns. */
import { Including } from "./compare";
import type { Golden, Json } from "./exchange";

const ARTIFACTS = "/history/v1.0{ws}/experiments/any/runs/done/artifacts";
const ARTIFACTS_DOC =
  "inferred: from clients: azureml-mlflow 1.62 lists, uploads and downloads artifacts by these calls";
const LOG = "logs/azureml/executionlogs.txt";
const artifact = (path: string): Json => ({
  artifactId: `ExperimentRun/dcid.done/${path}`,
  origin: "ExperimentRun",
  container: "dcid.done",
  path,
  etag: null,
  createdTime: null,
  dataPath: null,
  tags: {},
});
const content = (path: string): Json => ({
  contentUri: `https://<text>/${path}?<sas>`,
  origin: "ExperimentRun",
  container: "dcid.done",
  path,
  tags: {},
});

export const artifacts: Golden = {
  about: "artifacts of runs",
  needs: "model",
  exchanges: [
    {
      name: "artifacts are listed",
      provenance: ARTIFACTS_DOC,
      send: `GET ${ARTIFACTS}`,
      status: 200,
      returns: { value: new Including([artifact(LOG)]), continuationToken: null, nextLink: null },
    },
    {
      name: "an address for reading one is returned",
      provenance: ARTIFACTS_DOC,
      send: `GET ${ARTIFACTS}/contentinfo?path=${LOG}`,
      status: 200,
      returns: content(LOG),
    },
    {
      name: "artifacts are announced, and the addresses for writing them are returned",
      provenance: ARTIFACTS_DOC,
      send: `POST ${ARTIFACTS}/batch/metadata`,
      body: { paths: [{ path: "notes/a.txt" }] },
      status: 200,
      returns: {
        artifacts: { "notes/a.txt": artifact("notes/a.txt") },
        artifactContentInformation: { "notes/a.txt": content("notes/a.txt") },
        errors: {},
      },
    },
  ],
};
