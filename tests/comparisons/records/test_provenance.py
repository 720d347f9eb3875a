"""What a method is known by: its weights, and nothing that lies beside them."""

from comparisons.records import provenance


def test_weights_that_nothing_is_made_with_leave_a_method_as_it_is(tmp_path):
    (tmp_path / "telea.safetensors").write_bytes(b"one")
    before = provenance.weights_of("telea", tmp_path)
    for name in ("telea.scratch", "telea.paper"):
        (tmp_path / f"{name}.safetensors").write_bytes(b"two")
    assert provenance.weights_of("telea", tmp_path) == before
    (tmp_path / "telea.prior.safetensors").write_bytes(b"three")
    assert provenance.weights_of("telea", tmp_path) != before
