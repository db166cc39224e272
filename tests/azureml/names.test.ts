import fc from "fast-check";
import * as names from "../../azureml/names";

const identity = {
  project: "azureml-finetune",
  stack: "dev",
  subscriptionId: "00000000-0000-0000-0000-000000000001",
};
/** Project and stack names that Pulumi allows, and others. */
const identities = fc.record({
  project: fc.stringMatching(/^[A-Za-z0-9._-]{1,100}$/),
  stack: fc.stringMatching(/^[A-Za-z0-9._-]{1,100}$/),
  subscriptionId: fc.uuid(),
  generation: fc.integer({ min: 1, max: 1000 }),
});
/** Cluster names that the configuration allows. */
const clusterBases = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{1,15}$/);

test("every name satisfies Azure's rule for its type, for any project and stack name", () => {
  fc.assert(
    fc.property(identities, clusterBases, fc.constantFrom("key", "aad_token"), (any, base, authMode) => {
      const made = names.workspaceNames(any);
      expect(made.resourceGroup).toMatch(/^[\w.()-]{0,89}[\w()-]$/);
      expect(made.workspace).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$/);
      expect(made.storageAccount).toMatch(/^[a-z0-9]{3,24}$/);
      expect(made.keyVault).toMatch(/^(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/);
      expect(made.logAnalytics).toMatch(/^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/);
      expect(made.applicationInsights).toMatch(/^[A-Za-z0-9-]{1,255}$/);
      expect(names.clusterName(any, base, "Standard_NC6s_v3", "dedicated")).toMatch(
        /^[a-zA-Z](?![a-zA-Z0-9-]*-\d+$)[a-zA-Z0-9-]{2,23}$/,
      );
      expect(names.endpointName(any, authMode, names.notebookDataset)).toMatch(
        /^ultrachat-completion-[a-z0-9]{1,11}$/,
      );
      for (const dataset of [names.notebookDataset, "me/3-x", "mine/a-name-longer-than-any-endpoint.may_be"])
        expect(names.endpointName(any, authMode, dataset)).toMatch(/^[a-z](?!.*--)[a-z0-9-]{1,30}[a-z0-9]$/);
      expect(names.jobNamePrefix(any)).toMatch(/^[A-Za-z0-9][\w-]{0,199}$/);
      expect(names.roleAssignmentName(any, "x")).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    }),
  );
});

test("names are constant, and differ between stacks, subscriptions and generations", () => {
  const all = [
    identity,
    { ...identity, stack: "prod" },
    { ...identity, project: "other" },
    { ...identity, subscriptionId: "00000000-0000-0000-0000-000000000002" },
    { ...identity, generation: 2 },
  ];
  for (const key of ["workspace", "storageAccount", "keyVault"] as const) {
    expect(new Set(all.map((one) => names.workspaceNames(one)[key])).size).toBe(all.length);
  }
  expect(new Set(all.map((one) => names.endpointName(one, "key", "a/b"))).size).toBe(all.length);
  expect(names.workspaceNames(identity)).toEqual(names.workspaceNames({ ...identity, generation: 1 }));
  expect(names.workspaceNames(identity)).toMatchInlineSnapshot(`
    {
      "applicationInsights": "appi-azureml-finetune-dev-dbf274cf",
      "keyVault": "kv-azureml-fine-dbf274cf",
      "logAnalytics": "log-azureml-finetune-dev-dbf274cf",
      "resourceGroup": "rg-azureml-finetune-dev-dbf274cf",
      "storageAccount": "stazuremlfinetundbf274cf",
      "workspace": "mlw-azureml-finetune-dev-dbf274cf",
    }
  `);
});

test("project a-b with stack c differs from project a with stack b-c", () => {
  const left = names.workspaceNames({ ...identity, project: "a-b", stack: "c" });
  const right = names.workspaceNames({ ...identity, project: "a", stack: "b-c" });
  expect(left.storageAccount).not.toBe(right.storageAccount);
});

test("size and tier change the cluster name, the case of the size does not", () => {
  const name = (size: string, tier: string): string => names.clusterName(identity, "gpu", size, tier);
  expect(name("Standard_NC6s_v3", "dedicated")).toBe(name("standard_nc6s_v3", "dedicated"));
  expect(name("Standard_NC6s_v3", "dedicated")).not.toBe(name("Standard_NC12s_v3", "dedicated"));
  expect(name("Standard_NC6s_v3", "dedicated")).not.toBe(name("Standard_NC6s_v3", "lowPriority"));
});

test("the authentication mode changes the endpoint name", () => {
  const name = (authMode: string, dataset: string) => names.endpointName(identity, authMode, dataset);
  expect(name("key", "a/b")).not.toBe(name("aad_token", "a/b"));
  expect(name("key", "mine/support chats")).toMatch(/^chat-support-chats-[0-9a-f]{10}$/);
});

test("model, endpoint and experiment have the notebook's names", () => {
  const dataset = "HuggingFaceH4/ultrachat_200k";
  expect(names.registeredModelName("Phi-3-mini-4k-instruct", dataset)).toBe(
    "Phi-3-mini-4k-instruct-ultrachat-200k",
  );
  expect(names.registeredModelName("org/model", dataset)).toBe("org-model-ultrachat-200k");
  expect(names.registeredModelName("Phi-3.5-mini-instruct", dataset)).toBe(
    "Phi-3-5-mini-instruct-ultrachat-200k",
  );
  expect(names.registeredModelDescription("Phi-3-mini-4k-instruct", dataset)).toBe(
    "Phi-3-mini-4k-instruct fine tuned model for ultrachat 200k chat-completion",
  );
  expect(names.endpointDescription("Phi-3-mini-4k-instruct", dataset)).toBe(
    "Online endpoint for Phi-3-mini-4k-instruct, fine tuned model for ultrachat-200k-chat-completion",
  );
  expect(names.experimentName("Phi-3-mini-4k-instruct")).toBe("chat_completion_Phi-3-mini-4k-instruct");
});

test("a model version is an integer derived from the job's name, and the deployment name contains it", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (job) => {
      const version = names.modelVersion(job);
      expect(version).toMatch(/^\d{1,10}$/);
      expect(Number(version)).toBeLessThan(2 ** 31);
      expect(names.deploymentName("a".repeat(21), version)).toMatch(/^[a-zA-Z][a-zA-Z0-9-]{2,31}$/);
    }),
  );
  expect(names.modelVersion("job-1")).not.toBe(names.modelVersion("job-1-2"));
  expect(names.modelVersion("job-1", "a")).not.toBe(names.modelVersion("job-1", "b"));
  expect(names.modelVersion("job-1", "")).toBe(names.modelVersion("job-1"));
});

test.each([
  ["HuggingFaceH4/ultrachat_200k", "ultrachat-200k"],
  ["a/B__c.d-", "b-c-d"],
  ["a/---", "dataset"],
])("slug of %s is %s", (dataset, slug) => {
  expect(names.datasetSlug(dataset)).toBe(slug);
});

test("data assets and folder of a shared workspace contain the stack's hash", () => {
  expect(names.dataFolder(identity, "HuggingFaceH4/ultrachat_200k", false)).toBe("ultrachat-200k");
  expect(names.dataFolder(identity, "HuggingFaceH4/ultrachat_200k", true)).toMatch(
    /^ultrachat-200k-[0-9a-f]{6}$/,
  );
  const own = names.dataAssetName(identity, "HuggingFaceH4/ultrachat_200k", "train_sft", false);
  const shared = names.dataAssetName(identity, "HuggingFaceH4/ultrachat_200k", "train_sft", true);
  expect(own).toBe("ultrachat-200k-train-sft");
  expect(shared).toMatch(/^ultrachat-200k-train-sft-[0-9a-f]{6}$/);
});

test("names a deployment by the model version, and by its size too when the size changed", () => {
  const name = names.deploymentNameFor.bind(undefined, "demo");
  const [a, b] = ["Standard_NC24ads_A100_v4", "Standard_NC40ads_H100_v5"];
  expect(name("7", a, [])).toBe("demo-7");
  expect(name("7", a, [{ name: "demo-7", instanceType: a.toUpperCase() }])).toBe("demo-7");
  const other = name("7", b, [{ name: "demo-7", instanceType: a }]);
  expect(other).toMatch(/^demo-7-[0-9a-f]{6}$/);
  // Beside the old one, after the old one is deleted, and after a change back.
  expect(
    name("7", b, [
      { name: "demo-7", instanceType: a },
      { name: other, instanceType: b },
    ]),
  ).toBe(other);
  expect(name("7", b, [{ name: other, instanceType: b }])).toBe(other);
  expect(name("7", a, [{ name: other, instanceType: b }])).toBe("demo-7");
  // A new model version starts with the plain name again.
  expect(name("8", b, [{ name: other, instanceType: b }])).toBe("demo-8");
});
