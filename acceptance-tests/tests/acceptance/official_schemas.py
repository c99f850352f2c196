"""Reads the official providers' schemas out of the packages of CDK for Terraform that lie in a folder, and writes them into one file of JSON.

Each wheel holds an assembly of jsii, in which every resource has a class, and every block an interface. The names that Terraform knows stand in the
links of their documentation.
"""

import io
import json
import pathlib
import re
import sys
import tarfile
import zipfile

folder = pathlib.Path(sys.argv[1])
known = {"resource": {}, "data": {}, "blocks": {}}


def interfaces(kind):
    """The interfaces that a type mentions."""
    if "fqn" in kind:
        return [kind["fqn"]]
    if "collection" in kind:
        return interfaces(kind["collection"]["elementtype"])
    return [it for member in kind.get("union", {}).get("types", []) for it in interfaces(member)]


def text(it):
    docs = it.get("docs", {})
    return f"{docs.get('summary', '')} {docs.get('remarks', '')} "


for wheel in sorted(folder.glob("cdktf_cdktf_provider_*.whl")):
    provider = wheel.name.split("_provider_")[1].split("-")[0]
    with zipfile.ZipFile(wheel) as archive:
        package = next(name for name in archive.namelist() if name.endswith(".tgz"))
        with tarfile.open(fileobj=io.BytesIO(archive.read(package))) as files:
            types = json.load(files.extractfile("package/.jsii"))["types"]
    for name, it in types.items():
        if it["kind"] == "interface":
            arguments = {}
            for argument in it.get("properties", []):
                link = re.search(r"registry\.terraform\.io/\S*#([a-z0-9_]+) ", text(argument))
                if link:
                    blocks = [block for block in interfaces(argument["type"]) if types.get(block, {}).get("kind") == "interface"]
                    arguments[link[1]] = {"optional": argument.get("optional", False), "block": next(iter(blocks), None)}
            known["blocks"][name] = arguments
        elif f"{name}Config" in types:
            link = re.search(r"/docs/(resources|data-sources)/([a-z0-9_]+)", text(it))
            if link:
                kind = "resource" if link[1] == "resources" else "data"
                known[kind][f"{provider}_{link[2]}"] = f"{name}Config"

unfinished = folder / "schemas.part"
unfinished.write_text(json.dumps(known))
unfinished.rename(folder / "schemas.json")
