"""SIGHUP reads the configuration again; a wrong one changes nothing."""
import signal

from control import leads_to
from logfiles import wait_numbers
from waiting import stays, wait_until


def configured(oxd, name, text, **kwargs):
    return oxd(name, options=["--config", "oxd.toml"], cwd_files={"oxd.toml": text}, **kwargs)


def reload(node, text):
    (node.directory / "oxd.toml").write_text(text)
    node.program.signal(signal.SIGHUP)


def wait_level(node, level):
    wait_until(lambda: node.control.log_level()["level"] == level, what=f"the log level is {level}")


def test_a_new_log_level_takes_effect(oxd):
    node = configured(oxd, "node", "verbose = 0\n")
    wait_level(node, "warning")
    reload(node, "verbose = 2\n")
    wait_level(node, "debug")
    reload(node, "verbose = 1\n")
    wait_level(node, "info")
    reload(node, "")
    wait_level(node, "warning")


def test_a_wrong_configuration_is_reported_and_the_old_one_kept(oxd, push):
    node = configured(oxd, "node", "verbose = 1\n", files=True)
    wait_level(node, "info")
    for wrong, mentioned in (("verbos = 2\n", "verbos"), ("verbose = 2\nwhen-full = 'explode'\n",
                                                          "when-full"),
                             ("verbose = [\n", "oxd.toml")):
        before = len(node.stderr())
        reload(node, wrong)
        wait_until(lambda: mentioned in node.stderr()[before:], what=f"stderr names {mentioned}")
        stays(lambda: node.control.log_level()["level"] == "info", 0.1)
    (node.directory / "oxd.toml").unlink()
    before = len(node.stderr())
    node.program.signal(signal.SIGHUP)
    wait_until(lambda: "oxd.toml" in node.stderr()[before:], what="stderr names the missing file")
    push(node).push_numbers("t", 0, 10)
    wait_numbers(node.log_path, "t", range(10))
    reload(node, "verbose = 2\n")
    wait_level(node, "debug")


def test_a_new_target_takes_over_and_nothing_is_lost(oxd, push, dead_address):
    collector = oxd("collector", files=True)
    agent = configured(oxd, "agent", f'forward = ["{dead_address}"]\n')
    sender = push(agent)
    sender.push_numbers("t", 0, 500)
    agent.wait_received("t", 500)
    reload(agent, f'forward = ["{collector.ports.collect}"]\n')
    wait_numbers(collector.log_path, "t", range(500))
    sender.push_numbers("t", 500, 500)
    wait_numbers(collector.log_path, "t", range(1000))
    (target,) = agent.control.forward("list")["targets"]
    assert leads_to(target["target"], collector)


def test_a_node_without_a_configuration_file_survives_sighup(oxd, push):
    node = oxd(files=True)
    node.program.signal(signal.SIGHUP)
    push(node).push_numbers("t", 0, 10)
    wait_numbers(node.log_path, "t", range(10))
    assert node.alive()
