const tseslint = require("typescript-eslint");
const importX = require("eslint-plugin-import-x").default ?? require("eslint-plugin-import-x");

/**
 * The one direction imports may take (docs/architecture.md): index → preflight, components → providers' declarations, config → azureml.
 * dataset, the data step, is a library of its own. Nothing crosses between the program and local/, nor between the parts of local/,
 * except that cloud uses trainer and data, and trainer uses data. Each zone names what its folder may NOT import.
 */
const program = [
  "./index.ts",
  "./program",
  "./preflight",
  "./components",
  "./providers",
  "./config",
  "./operations",
  "./policy",
];
const programWithout = (...allowed) => program.filter((part) => !allowed.includes(part));
const zones = [
  {
    target: ["./azureml"],
    from: [...program, "./dataset", "./scripts", "./local"],
    message: "azureml/ contains facts about Azure ML and imports nothing of the project.",
  },
  {
    target: ["./providers"],
    from: [...programWithout("./providers"), "./dataset", "./scripts", "./local"],
    message: "providers/ may import azureml/ only.",
  },
  {
    target: ["./config"],
    from: [...programWithout("./config"), "./azureml/clients", "./azureml/http", "./scripts", "./local"],
    message: "config/ may import azureml/'s rules only and sends no requests.",
  },
  {
    target: ["./config"],
    from: "./dataset",
    except: ["./requestValues.ts"],
    message: "Of dataset/, config/ may import the values and defaults of a request only.",
  },
  {
    target: ["./components"],
    from: [...programWithout("./components", "./providers", "./config"), "./scripts", "./local"],
    message: "components/ may import config/, azureml/ and the declarations in providers/.",
  },
  {
    target: ["./components"],
    from: "./providers/**",
    except: ["**/resource.ts"],
    message:
      "Of providers/, components/ may import <resource>/resource.ts only: handlers run in another process.",
  },
  {
    target: ["./providers/*/resource.ts", "./providers/shared/dynamicResource.ts"],
    from: "./providers/**",
    except: ["**/shared/dynamicResource.ts"],
    message: "A declaration must not load its handler: the program would load every Azure client at start.",
  },
  {
    target: ["./components"],
    from: "./dataset",
    except: ["./commandLine.ts", "./contentHash.ts", "./rowsShown.ts", "./quality/checks.ts"],
    message:
      "Of dataset/, components/ may import the request's command line, the content hash, the kinds of row policies and the texts of findings only.",
  },
  {
    target: ["./preflight"],
    from: [...programWithout("./preflight", "./config"), "./scripts", "./local"],
    message: "preflight/ only reads: config/, azureml/ and the data step's library.",
  },
  {
    target: ["./program"],
    from: [...programWithout("./program"), "./azureml", "./dataset", "./scripts", "./local"],
    message: "program/ adapts the process that runs the program and imports nothing of the project.",
  },
  {
    target: ["./index.ts"],
    from: ["./providers", "./azureml/clients", "./azureml/http", "./dataset", "./scripts", "./local"],
    message: "index.ts composes: program, config, preflight, components.",
  },
  {
    target: ["./dataset"],
    from: [...program, "./scripts", "./local"],
    message: "dataset/ is a library that depends neither on the program nor on the local cloud.",
  },
  {
    target: ["./dataset"],
    from: "./azureml",
    except: ["./suggestion.ts"],
    message: "Of azureml/, dataset/ may import the spelling suggestion only.",
  },
  {
    target: ["./policy"],
    from: [...programWithout("./policy"), "./azureml", "./dataset", "./scripts", "./local"],
    message:
      "The policy pack runs in a process of its own, beside any engine, and imports nothing of the project.",
  },
  {
    target: ["./operations"],
    from: [...programWithout("./operations", "./config"), "./dataset", "./scripts", "./local"],
    message: "operations/ may import azureml/, config/ and the stacks' outputs only.",
  },
  {
    target: [
      "./operations/contract/facts",
      "./operations/contract/facts.ts",
      "./operations/contract/fact.ts",
    ],
    from: ["./azureml", "./config"],
    message: "The assumptions are pure data: the local cloud's rules read them.",
  },
  {
    target: ["./scripts"],
    from: programWithout("./config", "./operations", "./policy"),
    message: "Scripts start the program through an engine; they never import it.",
  },
  {
    target: ["./local"],
    from: [...programWithout("./operations"), "./azureml", "./dataset", "./scripts"],
    message: "The local cloud speaks Azure's and Pulumi's protocols; it never imports the program.",
  },
  {
    target: ["./local"],
    from: "./operations",
    except: ["./contract/fact.ts", "./contract/facts.ts", "./contract/facts"],
    message:
      "Of operations/, the local cloud's rules may import the assumptions about Azure only: pure data.",
  },
  {
    target: ["./local/engine", "./local/plugins", "./local/trainer", "./local/data"],
    from: "./operations",
    message: "Only the local cloud's rules refer to the assumptions about Azure.",
  },
  {
    target: ["./local/cloud"],
    from: ["./local/engine", "./local/plugins"],
    message: "Cloud and engine meet over HTTPS only.",
  },
  {
    target: ["./local/engine"],
    from: "./local",
    except: ["./engine"],
    message: "The engine imports nothing of local/; engine and plugins meet over gRPC only.",
  },
  {
    target: ["./local/plugins"],
    from: "./local",
    except: ["./plugins"],
    message: "Plugins import nothing of local/: they reach the cloud over HTTPS, the engine over gRPC.",
  },
  {
    target: ["./local/trainer"],
    from: "./local",
    except: ["./trainer", "./data"],
    message: "Of local/, the trainer may import local/data only.",
  },
  {
    target: ["./local/data"],
    from: "./local",
    except: ["./data"],
    message: "local/data imports nothing of local/.",
  },
];

module.exports = tseslint.config(
  { ignores: ["dist/", "node_modules/", ".local/", ".data/", "coverage/"] },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    plugins: { "import-x": importX },
    settings: { "import-x/resolver": { node: { extensions: [".ts", ".js", ".json"] } } },
    rules: {
      "import-x/no-restricted-paths": ["error", { zones }],
      "import-x/no-default-export": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      eqeqeq: "error",
      "no-console": "off",
    },
  },
  { files: ["index.ts"], rules: { "import-x/no-default-export": "off" } },
  { files: ["azureml/**/*.ts"], rules: { "no-restricted-imports": ["error", { patterns: ["@pulumi/*"] }] } },
  { files: ["**/*.js"], rules: { "@typescript-eslint/no-require-imports": "off" } },
);
