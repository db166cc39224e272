import { parsePythonLiteral } from "../../../azureml/pythonLiteral";
import { type Azure, describe } from "../azure";
import type { REGISTRY_FACTS } from "../facts/registry";
import { at, listAt, textAt } from "../json";
import type { Probe } from "../probe";
import { noRegistry } from "../registry";

const dataPlane = "2021-10-01-dataplanepreview";
const registry = "azureml";
const model = "Phi-3-mini-4k-instruct";
const component = "chat_completion_pipeline";

function discovery(azure: Azure, name: string): ReturnType<Azure["call"]> {
  const { registryDiscovery, armScope } = azure.session.cloud;
  const url = `${registryDiscovery}/registrymanagement/v1.0/registries/${name}/discovery`;
  return azure.call("GET", url, undefined, { scope: armScope, query: { "api-version": "v1.0" } });
}

/** A call below the registry. */
async function inRegistry(
  azure: Azure,
  path: string,
  query: Record<string, string | number> = {},
): ReturnType<Azure["call"]> {
  const { body } = await discovery(azure, registry);
  const base = textAt(body, "primaryRegionResourceProviderUri").replace(/\/+$/, "");
  const scope = `/subscriptions/${textAt(body, "subscriptionId")}/resourceGroups/${textAt(body, "resourceGroup")}`;
  const url = `${base}/mferp/managementfrontend${scope}/providers/Microsoft.MachineLearningServices/registries/${registry}/${path}`;
  return azure.call("GET", url, undefined, {
    scope: azure.session.cloud.armScope,
    query: { "api-version": dataPlane, ...query },
  });
}

const newest = (azure: Azure, path: string, count: number) =>
  inRegistry(azure, `${path}/versions`, { $orderBy: "createdtime desc", $top: count });

async function newestTags(azure: Azure): Promise<unknown> {
  const { body } = await newest(azure, `models/${model}`, 1);
  return at(listAt(body, "value")[0], "properties.tags");
}

function isPython(text: string, kind: "list" | "dictionary"): boolean {
  try {
    return Array.isArray(parsePythonLiteral(text)) === (kind === "list");
  } catch {
    return false;
  }
}

/** All registry calls are reads of public metadata. */
const free = { cost: "free", needs: [] } as const;

export const REGISTRY_PROBES: Readonly<Record<keyof typeof REGISTRY_FACTS, Probe>> = {
  "registry-discovery": {
    ...free,
    calls: `GET the discovery of the registry ${registry}`,
    run: async (azure) => {
      const { body, status } = await discovery(azure, registry);
      for (const name of ["primaryRegionResourceProviderUri", "subscriptionId", "resourceGroup"]) {
        azure.check(textAt(body, name) !== "", name, status);
      }
    },
  },
  "unknown-registry-is-404": {
    ...free,
    calls: "GET the discovery of a registry that does not exist",
    run: async (azure) => azure.refused(await discovery(azure, azure.name("nowhere")), { status: [404] }),
  },
  "newest-version-first": {
    ...free,
    calls: `GET the 5 newest versions of ${model}`,
    run: async (azure) => {
      const { body } = await newest(azure, `models/${model}`, 5);
      const times = listAt(body, "value").map((item) => Date.parse(textAt(item, "systemData.createdAt")));
      azure.check(
        times.length > 0 && times.every((time, index) => index === 0 || time <= (times[index - 1] ?? time)),
        "falling creation times",
        times.length,
      );
    },
  },
  "asset-version-in-id": {
    ...free,
    calls: `GET the newest version of ${model}`,
    run: async (azure) => {
      const { body } = await newest(azure, `models/${model}`, 1);
      const [item] = listAt(body, "value");
      const id = textAt(item, "id");
      azure.check(
        /\/versions\/[^/]+$/.test(id),
        "an id that ends in /versions/<version>",
        id.split("/").slice(-2).join("/"),
      );
    },
  },
  "missing-version-is-404": {
    ...free,
    calls: `GET version 999999 of ${model}`,
    run: async (azure) =>
      azure.refused(await inRegistry(azure, `models/${model}/versions/999999`), { status: [404] }),
  },
  "unknown-model-has-no-versions": {
    ...free,
    calls: "GET the versions of a model that does not exist",
    run: async (azure) => {
      const { status, body } = await newest(azure, `models/${azure.name("nobody")}`, 1);
      azure.check(status === 200 && listAt(body, "value").length === 0, "200 with an empty list", status);
    },
  },
  "component-inputs-declared": {
    ...free,
    calls: `GET the newest version of ${component}`,
    run: async (azure) => {
      const answer = await newest(azure, `components/${component}`, 1);
      const inputs = at(listAt(answer.body, "value")[0], "properties.componentSpec.inputs") ?? {};
      const types = Object.values(inputs as object).map((input) => textAt(input, "type"));
      azure.check(
        types.length > 20 && types.every((type) => type !== ""),
        "a type for each input",
        types.length || describe(answer),
      );
      const optional = at(inputs, "max_steps.optional");
      azure.check(/^true$/i.test(String(optional)), "max_steps is optional", optional);
    },
  },
  "component-accepts-validation-file": {
    ...free,
    calls: `GET the newest version of ${component}`,
    run: async (azure) => {
      const { body } = await newest(azure, `components/${component}`, 1);
      const inputs = Object.keys(
        (at(listAt(body, "value")[0], "properties.componentSpec.inputs") ?? {}) as object,
      );
      for (const name of ["train_file_path", "validation_file_path", "test_file_path"]) {
        azure.check(inputs.includes(name), name, inputs.includes(name));
      }
    },
  },
  "allow-lists-in-tags": {
    ...free,
    calls: `GET the newest version of ${model}`,
    run: async (azure) => {
      const tags = await newestTags(azure);
      for (const name of ["finetune_compute_allow_list", "inference_compute_allow_list"]) {
        azure.check(isPython(textAt(tags, name), "list"), `${name}: a list`, textAt(tags, name));
      }
    },
  },
  "defaults-in-tags": {
    ...free,
    calls: `GET the newest version of ${model}`,
    run: async (azure) => {
      const text = textAt(await newestTags(azure), "model_specific_defaults");
      azure.check(isPython(text, "dictionary"), "a dictionary", text);
    },
  },
  "import-replaces-version": { notByCalls: noRegistry },
  "import-copies-tags": { notByCalls: noRegistry },
  "import-answers-nothing": { notByCalls: noRegistry },
  "registry-files-by-sas": { notByCalls: noRegistry },
  "registry-uri-by-account": {
    ...free,
    calls: `GET the newest version of ${model}`,
    run: async (azure) => {
      const { body } = await newest(azure, `models/${model}`, 1);
      const uri = textAt(listAt(body, "value")[0], "properties.modelUri");
      azure.check(/^https:\/\/[^./]+\.blob\.[^/]+\/[^/]+\/.+/.test(uri), "an address by account", uri);
    },
  },
  "registry-version-filters": {
    ...free,
    calls: `GET the versions of ${model} with the number and with an unknown tag of the newest one`,
    run: async (azure) => {
      const path = `models/${model}/versions`;
      const { body } = await newest(azure, `models/${model}`, 1);
      const version = textAt(listAt(body, "value")[0], "name");
      const same = listAt((await inRegistry(azure, path, { version })).body, "value");
      const names = same.map((item) => textAt(item, "name"));
      azure.check(names.join() === version, `version ${version} alone`, names.join());
      const tagged = await inRegistry(azure, path, { version, tags: "no-such-tag" });
      const found = listAt(tagged.body, "value").length;
      azure.check(found === 0, "no version with the tag no-such-tag", String(found));
    },
  },
  "registry-version-tags-change": { notByCalls: noRegistry },
  "registry-delete-removes-managed-group": { notByCalls: noRegistry },
  "copied-blobs-keep-md5": { notByCalls: noRegistry },
  "deployment-of-registry-version": { notByCalls: noRegistry },
  "deployment-of-other-workspace": {
    notByCalls: "it would need a second workspace, an endpoint and a VM instance",
  },
};
