/** Container registries: control plane only. Images are not pulled here. */
import type { FastifyInstance } from "fastify";
import type { Cloud } from "../cloud";
import { objectAt, requiredText } from "./body";
import { registerArmType } from "./type";

const SKUS = ["Basic", "Standard", "Premium"];

export function registerContainerRegistries(app: FastifyInstance, cloud: Cloud): void {
  registerArmType(app, cloud, {
    type: "Microsoft.ContainerRegistry/registries",
    path: "/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName/providers/Microsoft.ContainerRegistry/registries/:registryName",
    alsoListedAt: ["/subscriptions/:subscriptionId/providers/Microsoft.ContainerRegistry/registries"],
    nameRule: { pattern: /^[A-Za-z0-9]{5,50}$/, rule: "5 to 50 letters and digits" },
    tracked: true,
    build: ({ body, existing, name, cloud: { clock } }) => {
      const sku = requiredText(objectAt(body, "sku") ?? existing?.sku ?? {}, "name", "sku.name", SKUS);
      return {
        sku: { name: sku, tier: sku },
        properties: {
          adminUserEnabled: false,
          publicNetworkAccess: "Enabled",
          networkRuleBypassOptions: "AzureServices",
          ...(objectAt(body, "properties") ?? {}),
          loginServer: `${name.toLowerCase()}.azurecr.localhost`,
          creationDate: existing?.properties["creationDate"] ?? clock.now().toISOString(),
        },
      };
    },
  });
}
