/** Containers and versions of data, models, environments, components and code. */
import { mlNotFound, mlResource, page } from "./common";
import { amid, armLife, type ArmLife, type Exchange, type Golden, type Json } from "./exchange";

const V = "2023-04-01";
/** The long form of a datastore path, as azure-ai-docs write it (`resourcegroups` in small letters); `{sub}` has the slash. */
const LONG = "azureml:/{sub}/resourcegroups/golden/workspaces/golden-ws/datastores/workspaceblobstore";

interface Kind {
  segment: string;
  provenance: ArmLife["provenance"];
  /** What a container has, and what is sent for it, in addition to what all have. */
  container?: Json;
  /** `properties` of the version as they are sent and as they come back, in addition to what all have. */
  sent: Json;
  answered: Json;
}

const common = (description: string): Json => ({
  description,
  tags: { owner: "golden" },
  properties: { from: "test" },
  isArchived: false,
});

/**
 * Containers, which are created before their versions, and versions; the newest by creation is the latest.
 */
function assetLife({ segment, provenance, container = {}, sent, answered }: Kind): Exchange[] {
  // Data have none: no version of their model has it.
  const state = segment === "data" ? {} : { provisioningState: "Succeeded" };
  const [box, version] = [`{ws}/${segment}/thing`, `{ws}/${segment}/thing/versions/1`];
  const shown = (latestVersion: string | null, nextVersion: string): Json =>
    mlResource(`${segment}/thing`, segment, {
      properties: {
        ...common("a container"),
        ...container,
        latestVersion,
        nextVersion,
        ...state,
      },
    });
  const boxLife = armLife({
    provenance,
    id: box,
    version: V,
    put: { properties: { ...common("a container"), ...container } },
    resource: shown(null, "1"),
    gone: mlNotFound(box),
  });
  return [
    ...amid(boxLife, [
      ...armLife({
        provenance,
        id: version,
        version: V,
        put: { properties: { ...common("a version"), isAnonymous: false, ...sent } },
        resource: mlResource(`${segment}/thing/versions/1`, `${segment}/versions`, {
          properties: {
            ...common("a version"),
            isAnonymous: false,
            ...answered,
            ...state,
          },
        }),
        gone: mlNotFound(version),
        deleted: "kept",
      }),
      {
        name: `the latest is the first of a list ordered by creation (${segment})`,
        provenance:
          "inferred: from clients: azure-ai-ml 1.35.2 and 1.27.1 resolve the label latest so (reference §3)",
        send: `GET {ws}/${segment}/thing/versions?api-version=${V}&$orderBy=createdtime desc&$top=1`,
        status: 200,
        returns: page(
          mlResource(`${segment}/thing/versions/1`, `${segment}/versions`, {
            properties: {
              ...common("a version"),
              isAnonymous: false,
              ...answered,
              ...state,
            },
          }),
        ),
      },
      {
        name: `the container shows its newest version (${segment})`,
        provenance,
        send: `GET ${box}?api-version=${V}`,
        status: 200,
        returns: shown("1", "2"),
      },
      {
        name: `the version is deleted (${segment})`,
        provenance,
        send: `DELETE ${version}?api-version=${V}`,
        status: 200,
      },
    ]),
  ];
}

const PATHS = "azureml://datastores/workspaceblobstore/paths/data";
const LONG_PATHS = `${LONG}/paths/data`;
const SPEC = { name: "thing", version: "1", type: "command", command: "echo", environment: "azureml:e:1" };

export const assets: Golden = {
  about: "containers and versions of assets",
  needs: "workspace",
  exchanges: [
    ...assetLife({
      segment: "data",
      provenance:
        "inferred: from documents: DataContainer and UriFileDataVersion of 2023-04-01; that the long uri is what is stored is inferred (reference §3)",
      container: { dataType: "uri_file" },
      sent: { dataType: "uri_file", dataUri: `${PATHS}/train.jsonl` },
      answered: { dataType: "uri_file", dataUri: `${LONG_PATHS}/train.jsonl` },
    }),
    ...assetLife({
      segment: "models",
      provenance:
        "inferred: from clients: azure-ai-ml 1.27.1 and 1.35.2 need flavors as an object (reference §3, Model PUT)",
      sent: { modelType: "custom_model", modelUri: PATHS },
      answered: {
        modelType: "custom_model",
        modelUri: LONG_PATHS,
        flavors: {},
        jobName: null,
        stage: null,
      },
    }),
    ...assetLife({
      segment: "environments",
      provenance:
        "inferred: from documents: EnvironmentContainer and EnvironmentVersion of 2023-04-01 (@azure/arm-machinelearning 2.1.1)",
      sent: { image: "mcr.example/base", condaFile: "name: base", osType: "Linux", autoRebuild: "Disabled" },
      answered: {
        image: "mcr.example/base",
        condaFile: "name: base",
        build: null,
        inferenceConfig: null,
        osType: "Linux",
        autoRebuild: "Disabled",
        stage: null,
        environmentType: "UserCreated",
      },
    }),
    ...assetLife({
      segment: "components",
      provenance:
        "inferred: from documents: ComponentContainer and ComponentVersion of 2023-04-01 (@azure/arm-machinelearning 2.1.1)",
      sent: { componentSpec: SPEC },
      answered: { componentSpec: SPEC, stage: null },
    }),
    ...assetLife({
      segment: "codes",
      provenance:
        "inferred: from documents: CodeContainer and CodeVersion of 2023-04-01 (@azure/arm-machinelearning 2.1.1)",
      sent: { codeUri: "https://store.example/code" },
      answered: { codeUri: "https://store.example/code" },
    }),
    {
      name: "a container to upload code to is created",
      provenance:
        "published example: Workspace/CodeVersion/createOrGetStartPendingUpload.json of 2024-10-01; azure-ai-ml 1.35.2 uploads code so",
      send: `POST {ws}/codes/new/versions/1/startPendingUpload?api-version=2023-04-01-preview`,
      body: { pendingUploadType: "TemporaryBlobReference" },
      status: 200,
      returns: {
        pendingUploadId: "<guid>",
        pendingUploadType: "TemporaryBlobReference",
        blobReferenceForConsumption: {
          blobUri: "<text>",
          storageAccountArmId: "{group}/providers/Microsoft.Storage/storageAccounts/goldenstore",
          credential: { credentialType: "SAS", sasUri: "<sas>" },
        },
      },
    },
  ],
};
