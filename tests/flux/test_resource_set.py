from typing import Any

import pytest

from bisectops.errors import BuildError, Unsupported
from bisectops.flux.envsubst import symbols
from bisectops.flux.go_template import render
from bisectops.flux.resource_set import ResourceSetError, evaluate

INPUTS = {"name": "Team A", "port": 80, "on": True, "tags": ["x", "y"], "deep": {"key": "v"}, "none": None}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("a << inputs.name >> b", "a Team A b"),
        ("<<inputs.deep.key>>", "v"),
        ("<< inputs.name | lower | quote >>", '"team a"'),
        ("<< inputs.name | slugify >>", "team-a"),
        ('<< default "d" inputs.none >>', "d"),
        ('<< inputs.name | replace " " "_" >>', "Team_A"),
        ('<< printf "%s-%d" inputs.deep.key inputs.port >>', "v-80"),
        ("<< inputs.port >> << inputs.on >>", "80 true"),
        ("<< (index inputs.tags 1) | upper >>", "Y"),
        ("<< if inputs.on >>yes<< else >>no<< end >>", "yes"),
        ("<< if eq inputs.port 81 >>a<< else if inputs.none >>b<< else >>c<< end >>", "c"),
        ("<< range inputs.tags >>[<< . >>]<< end >>", "[x][y]"),
        ("<< range $i, $t := inputs.tags >><< $i >>=<< $t >>;<< end >>", "0=x;1=y;"),
        ("<< range $k, $v := inputs.deep >><< $k >><< $v >><< end >>", "keyv"),
        ("<< with inputs.deep >><< .key >><< end >>", "v"),
        ("<< with inputs.none >>a<< else >>b<< end >>", "b"),
        ("<< $x := inputs.port >><< add $x 1 >>", "81"),
        ("a\n<<- /* gone */ ->>\nb", "ab"),
        ("a  <<- inputs.port ->>  b", "a80b"),
        ("<< inputs.deep | toYaml | nindent 2 >>", "\n  key: v\n  "),
        ('<< `raw "text"` >>', 'raw "text"'),
        ("no action {{ here }}", "no action {{ here }}"),
    ],
)
def test_a_template_renders(template: str, text: str) -> None:
    assert render(template, INPUTS) == text


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("<< inputs.nope >>", 'map has no entry for key "nope"'),
        ("<< inputs.name.x >>", "can't evaluate field x"),
        ("<< if inputs.on >>a", "unexpected EOF"),
        ("<< inputs.name", "unclosed action"),
        ("<< end >>", "unexpected"),
        ("<< upper >>", "error calling upper"),
        ("<< $y >>", 'undefined variable "$y"'),
        ('<< fail "no" >>', "no"),
    ],
)
def test_a_template_fails(template: str, message: str) -> None:
    with pytest.raises(BuildError, match=message.replace("$", r"\$")):
        render(template, INPUTS)


@pytest.mark.parametrize(
    "template", ["<< genPrivateKey >>", '<< define "x" >><< end >>', '<< printf "%05d" 1 >>']
)
def test_what_is_not_known_is_refused_by_name(template: str) -> None:
    with pytest.raises(Unsupported):
        render(template, INPUTS)


def test_a_template_cannot_run_away() -> None:
    loops = "<< range until 9999 >><< range until 9999 >>x<< end >><< end >>"
    with pytest.raises(Unsupported):
        render(loops, INPUTS)
    with pytest.raises(Unsupported):
        render("<< if inputs.on >>" * 200 + "<< end >>" * 200, INPUTS)
    with pytest.raises(BuildError):
        render("<< " + "(" * 500 + " >>", INPUTS)


def resource_set(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "fluxcd.controlplane.io/v1",
        "kind": "ResourceSet",
        "metadata": {"name": "tenants", "namespace": "flux-system"},
        "spec": spec,
    }


def config_map(name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "n"}} | more


def provider(name: str, kind: str = "Static", **values: Any) -> dict[str, Any]:
    return {
        "apiVersion": "fluxcd.controlplane.io/v1",
        "kind": "ResourceSetInputProvider",
        "metadata": {"name": name, "namespace": "flux-system", "labels": {"for": "tenants"}},
        "spec": {"type": kind, "defaultValues": values},
    }


def names(tree: dict[str, Any], *providers: dict[str, Any]) -> list[str]:
    return [each["metadata"]["name"] for each in evaluate(tree, providers)]


def test_without_inputs_each_resource_is_made_once() -> None:
    assert names(resource_set(resources=[config_map("a"), config_map("b")])) == ["a", "b"]


def test_each_set_of_inputs_makes_its_own_resources_once() -> None:
    spec = {
        "inputs": [{"t": "a"}, {"t": "b"}],
        "resources": [config_map("<< inputs.t >>-x"), config_map("same")],
    }
    assert names(resource_set(**spec)) == ["a-x", "b-x", "same"]


def test_inputs_know_their_provider() -> None:
    template = config_map("<< inputs.provider.name >>-<< inputs.provider.kind | lower >>")
    assert names(resource_set(inputs=[{}], resources=[template])) == ["tenants-resourceset"]


def test_a_resource_wins_over_an_equal_one_of_the_template() -> None:
    text = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: n\ndata: {from: template}\n---\n"
    )
    text += text.replace("name: a", "name: b")
    made = evaluate(
        resource_set(resources=[config_map("a", data={"from": "resource"})], resourcesTemplate=text)
    )
    assert [(each["metadata"]["name"], each["data"]["from"]) for each in made] == [
        ("a", "resource"),
        ("b", "template"),
    ]


def test_a_disabled_object_is_left_out_where_there_are_inputs() -> None:
    off = config_map("a")
    off["metadata"]["annotations"] = {"fluxcd.controlplane.io/reconcile": "disabled"}
    assert names(resource_set(inputs=[{"x": 1}], resources=[off])) == []


def test_static_providers_follow_the_inline_inputs_sorted_by_name() -> None:
    spec = {
        "inputs": [{"t": "own"}],
        "inputsFrom": [{"selector": {"matchLabels": {"for": "tenants"}}}],
        "resources": [config_map("<< inputs.t >>")],
    }
    assert names(resource_set(**spec), provider("z", t="last"), provider("b", t="next")) == [
        "own",
        "next",
        "last",
    ]


def test_a_provider_s_id_is_unknown() -> None:
    spec = {"inputsFrom": [{"name": "p"}], "resources": [config_map("x-<< inputs.id >>")]}
    (name,) = names(resource_set(**spec), provider("p"))
    assert symbols(name)


def test_permute_combines_providers_under_their_own_names() -> None:
    spec = {
        "inputStrategy": {"name": "Permute"},
        "inputs": [{"t": "a"}, {"t": "b"}],
        "inputsFrom": [{"name": "My-Provider"}],
        "resources": [config_map("<< inputs.tenants.t >>-<< inputs.my_provider.v >>")],
    }
    assert names(resource_set(**spec), provider("My-Provider", v="1")) == ["a-1", "b-1"]


def test_providers_that_match_nothing_make_an_empty_set() -> None:
    spec = {"inputsFrom": [{"selector": {"matchLabels": {"for": "others"}}}], "resources": [config_map("a")]}
    assert names(resource_set(**spec), provider("p")) == []


def test_inputs_from_a_git_host_cannot_be_known() -> None:
    spec = {"inputsFrom": [{"name": "p"}], "resources": [config_map("a")]}
    with pytest.raises(Unsupported, match="GitHubPullRequest"):
        evaluate(resource_set(**spec), [provider("p", "GitHubPullRequest")])


def test_a_missing_provider_fails_the_set() -> None:
    with pytest.raises(ResourceSetError, match=r"^failed to compute inputs: .*not found"):
        evaluate(resource_set(inputsFrom=[{"name": "p"}], resources=[]))


def test_a_failing_template_fails_the_set() -> None:
    with pytest.raises(ResourceSetError, match=r'^build failed: .*no entry for key "nope"'):
        evaluate(resource_set(inputs=[{}], resources=[config_map("<< inputs.nope >>")]))


def test_steps_build_in_order_and_must_not_repeat_each_other() -> None:
    steps = [
        {"name": "one", "resources": [config_map("a")]},
        {"name": "two", "resources": [config_map("b")]},
    ]
    assert names(resource_set(steps=steps)) == ["a", "b"]
    steps[1]["resources"] = [config_map("a")]
    with pytest.raises(ResourceSetError, match='already defined in step "one"'):
        evaluate(resource_set(steps=steps))
    with pytest.raises(ResourceSetError, match="mutually exclusive"):
        evaluate(resource_set(steps=steps, resources=[config_map("c")]))


def test_common_metadata_is_laid_over_all() -> None:
    spec = {"commonMetadata": {"labels": {"a": "b"}}, "resources": [config_map("x")]}
    (made,) = evaluate(resource_set(**spec))
    assert made["metadata"]["labels"] == {"a": "b"}


@pytest.mark.parametrize(
    "spec", [None, 3, {"inputs": 3, "resources": {}}, {"resources": [1, {}], "steps": [2]}]
)
def test_an_odd_set_makes_nothing(spec: Any) -> None:
    assert evaluate({"kind": "ResourceSet", "metadata": [], "spec": spec}) == ()


def test_providers_of_other_namespaces_are_not_seen() -> None:
    elsewhere = provider("p", t="x")
    elsewhere["metadata"]["namespace"] = "other"
    chosen = {
        "inputsFrom": [{"selector": {"matchLabels": {"for": "tenants"}}}],
        "resources": [config_map("a")],
    }
    assert names(resource_set(**chosen), elsewhere) == []
    named = {"inputsFrom": [{"name": "p"}], "resources": [config_map("a")]}
    with pytest.raises(ResourceSetError, match="not found"):
        evaluate(resource_set(**named), [elsewhere])
