"""Microsoft's models of azure-mgmt-machinelearningservices as a judge, for the tests in tests/judges.

Standard input is a JSON array of {"model", "json"}. Standard output is an array of {"json", "violations"} or {"error"} in the
same order: each document as the model writes it after it has read it, and the rules of the model that it violates.
"""

import json
import re
import sys

from azure.mgmt.machinelearningservices import models
from azure.mgmt.machinelearningservices._serialization import Deserializer, Model

TYPES = {name: value for name, value in vars(models).items() if isinstance(value, type)}


def violations(value, path=""):
    """The rules that a value and everything in it violate: required, read-only, pattern, length."""
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in violations(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [found for item in value for found in violations(item, f"{path}[]")]
    if not isinstance(value, Model):
        return []
    found = []
    for attribute, description in value._attribute_map.items():
        key = description["key"].replace("\\.", ".")
        here = f"{path}.{key}".lstrip(".")
        item = getattr(value, attribute)
        found += own_violations(item, value._validation.get(attribute, {}), here)
        found += violations(item, here)
    return found


def own_violations(item, rules, path):
    if item is None:
        return [f"{path} is required"] if rules.get("required") else []
    found = []
    if rules.get("readonly"):
        found.append(f"{path} is read-only")
    if "pattern" in rules and not re.search(rules["pattern"], str(item)):
        found.append(f"{path} does not match {rules['pattern']}")
    if len(str(item)) < rules.get("min_length", 0):
        found.append(f"{path} is shorter than {rules['min_length']}")
    return found


def answer(asked):
    read = Deserializer(TYPES)
    try:
        value = read(asked["model"], asked["json"])
        return {"json": value.serialize(keep_readonly=True), "violations": violations(value)}
    except Exception as error:  # Every failure to read is an answer.
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    json.dump([answer(asked) for asked in json.load(sys.stdin)], sys.stdout)
