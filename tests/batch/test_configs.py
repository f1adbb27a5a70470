"""The batch files that come with vidtag run as they are, on small media."""

import json

import jsonschema
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from tests.batch.conftest import ROOT, Batch
from tests.builders.present import present
from vidtag.batch.batch_settings import BatchConfig
from vidtag.cli import app
from vidtag.core.settings import Config, commented_yaml, json_schema, load_config_as

LIGHT = ("--set", "video.shots=off", "--set", "report.enabled=false")


@pytest.mark.parametrize(
    ("name", "scheme"),
    [("batch.yaml", ""), pytest.param("cluster.yaml", "file://", marks=pytest.mark.long)],
)
def test_a_shipped_batch_file_runs(tmp_path, media, name, scheme):
    """On the cluster by addresses, so that videos are fetched and results are put back."""
    batch = Batch(tmp_path).add(media / "say0.wav", media / "clap.mp4")
    batch.env = {"VIDEOS": f"{scheme}{tmp_path}/in", "RESULTS": f"{scheme}{batch.out}"}
    (tmp_path / "batch.yaml").symlink_to(ROOT / "configs" / name)
    done = batch("batch", "--log-format", "json", *LIGHT)
    assert done.code == 0, done.err
    names = set(batch.tree())
    assert {"say0/say0.srt", "say0/say0.vidtag.json", "clap/clap.srt"} <= names
    assert any(n.startswith("clap/clap.clips/") for n in names)
    assert not any(n.startswith("say0/say0.clips/") for n in names)
    document = json.loads(batch.tree()["clap/clap.vidtag.json"])
    assert document["media"]["path"] == f"{scheme}{tmp_path}/in/clap.mp4"
    again = batch("batch", "--log-format", "json", *LIGHT)
    assert [row["event"] for row in again.rows] == ["start", "summary"]


def test_the_schema_holds_for_the_shipped_files_and_knows_every_key():
    schema = json_schema(BatchConfig)
    jsonschema.Draft202012Validator.check_schema(schema)
    for name in ("batch.yaml", "cluster.yaml"):
        data = YAML(typ="safe").load(ROOT / "configs" / name)
        jsonschema.validate(data, schema)
    assert set(schema["properties"]) == {*BatchConfig.model_fields, "include"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"inputz": []}, schema)


def test_every_key_of_a_batch_is_documented(tmp_path):
    text = commented_yaml(BatchConfig)
    (tmp_path / "all.yaml").write_text(text)
    assert load_config_as(BatchConfig, tmp_path / "all.yaml").settings == BatchConfig()
    document = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    own = [
        *(set(BatchConfig.model_fields) - set(Config.model_fields) - {"workers", "limits"}),
        *(
            f"{section}.{key}"
            for section in ("output", "workers", "limits")
            for key in present(BatchConfig.model_fields[section].annotation).model_fields
        ),
    ]
    assert [key for key in own if f"`{key}`" not in document] == []


def test_settings_of_a_batch_are_printed():
    printed = CliRunner().invoke(app, ["config", "--batch", "--schema"]).stdout
    assert json.loads(printed) == json.loads(json.dumps(json_schema(BatchConfig)))
    assert CliRunner().invoke(app, ["config", "--batch"]).stdout.strip() == (
        commented_yaml(BatchConfig).strip()
    )
