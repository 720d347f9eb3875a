"""A frozen face prior steered by the codec: damaged faces in, styles, maps and a picture out."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.mmrb import BRIDGE, SLOPE, TOP, WIDTHS, Bridge, Codes, ColourHead, Encoder, Steering, Styles
from restorers.networks.point_net import PointNet
from restorers.networks.style_prior import CHANNELS, STYLE, Change, Modulation, StylePrior

PAPER_WIDTHS: Final = (64, 128, 256, 512, 512, 512)
"""Encoder channels at 128 to 4 px as in GPEN and GFP-GAN; the paper's own are not public."""
READ_AT: Final = (64, 128, 256)
"""Resolutions at which a picture can be read off the prior; those below the last serve training."""
ESTIMATED: Final = max(BRIDGE)
"""Resolution of the codec's own finest estimate."""
STYLE_DEVIATION: Final = 0.42
"""Standard deviation of the numbers in a style."""


class GanPriorNetwork(nn.Module):
    """What is trained: codec, colour heads and point net, 2.65 M parameters. The frozen prior is handed in, never held."""

    def __init__(self, mean: Tensor | None = None, widths: tuple[int, ...] = WIDTHS) -> None:
        """Build.

        Args:
            mean: (512,) the style of the average face; left out where weights, which hold it, are loaded next.
            widths: the encoder's channels.
        """
        super().__init__()
        self.encoder = Encoder(4, widths)
        self.styles = Styles(widths[-1], torch.zeros(STYLE) if mean is None else mean)
        self.bridge = Bridge(widths)
        self.steering = nn.ModuleDict({str(resolution): Steering(resolution) for resolution in BRIDGE})
        # only the one that is used at the end is scaled by a style: at 64 px the matrix would hold a quarter of a million weights
        self.heads = nn.ModuleDict({str(r): ColourHead(CHANNELS[r], styled=r == TOP) for r in READ_AT})
        self.guides = nn.ModuleDict({str(r): nn.Conv2d(width, 3, 1) for r, width in BRIDGE.items()})
        for module in (*self.encoder.modules(), *self.bridge.modules(), self.styles.narrow, self.styles.hidden):
            # without normalisation PyTorch's own scale would let a face fade on its way to the styles
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, a=SLOPE)
        self.points = PointNet()

    def forward(self, inputs: Tensor, prior: StylePrior | None, until: int = TOP) -> tuple[Codes, Tensor | None]:
        """Encode damaged faces and draw them anew.

        Args:
            inputs: (N, 4, 256, 256), see `network_inputs`.
            prior: the frozen generator; None for the codes alone.
            until: resolution of the picture in `READ_AT`, and of the finest map.

        Returns:
            Codes, and the picture (N, 3, until, until), nominally in [0, 1].
        """
        features = self.encoder(inputs)
        codes = Codes(self.styles(features[-1]), self.bridge(features, until))
        if prior is None:
            return codes, None

        def steer(resolution: int, drawn: Tensor) -> Change | None:
            if resolution not in codes.maps:
                return None
            change: Change = self.steering[str(resolution)](codes.maps[resolution], drawn)
            return change

        drawn = prior(codes.styles, steer, until=until)
        picture: Tensor = self.heads[str(until)](drawn, codes.styles[:, -1])
        return codes, picture.float()

    def estimates(self, codes: Codes) -> dict[int, Tensor]:
        """The codec's own idea of the face: colours read off its maps, (N, 3, r, r) by resolution, nominally in [0, 1].

        They let the codec learn without the prior, which costs ten times as much to run.

        References:
            The restoration supervised at every scale of GFP-GAN's U-Net: Wang et al., CVPR 2021, section 3.2.
        """
        return {
            resolution: (self.guides[str(resolution)](maps) + 0.5).float() for resolution, maps in codes.maps.items()
        }


def network_inputs(pixels: Tensor, mask: Tensor) -> Tensor:
    """RGB in [-1, 1] with missing pixels mid grey, and the mask: (N, 3, S, S), (N, 1, S, S) -> (N, 4, S, S)."""
    inputs = torch.cat([(pixels * 2 - 1) * (1 - mask), mask], 1)
    return inputs.contiguous(memory_format=torch.channels_last)


def fit_heads(
    network: GanPriorNetwork, prior: StylePrior, styles: Tensor, pictures: Tensor, ridge: float = 1e-4
) -> None:
    """Set the colour heads by least squares, so that training starts from faces and not from noise.

    Args:
        network: whose heads are set.
        prior: the frozen generator.
        styles: (N, 512) of known faces; some fifty are enough.
        pictures: (N, 3, 256, 256) in [0, 1], the faces.
        ridge: share of the mean squared feature that is added to the diagonal.
    """
    for name, head in network.heads.items():
        resolution = int(name)
        targets = functional.avg_pool2d(pictures, TOP // resolution) - 0.5
        size = CHANNELS[resolution] + 1
        inner, outer = torch.zeros(size, size, dtype=torch.float64), torch.zeros(size, 3, dtype=torch.float64)
        with torch.no_grad():
            for style, target in zip(styles, targets, strict=True):
                features = prior(style[None], until=resolution)[0].flatten(1)
                rows = torch.cat([features, torch.ones_like(features[:1])])  # (C + 1, pixels)
                inner += (rows @ rows.T).double()
                outer += (rows @ target.flatten(1).T).double()
            inner += ridge * inner.diagonal().mean() * torch.eye(size)
            found = torch.linalg.solve(inner, outer).float()
            head.load_state_dict({"conv.weight": found[:-1].T[..., None, None], "conv.bias": found[-1]}, strict=False)


def style_error(difference: Tensor, prior: StylePrior) -> Tensor:
    """How wrong styles are, per face, in deviations: half by their numbers, half by what each layer makes of them.

    A style acts through its layer's modulation matrix alone, so what the matrix hardly reads matters little.

    Args:
        difference: (N, L, 512) styles minus the right ones.
        prior: the frozen generator.

    Returns:
        (N,), 0 for equal styles.
    """
    plain = difference.abs().mean((1, 2)) / STYLE_DEVIATION
    layers = [module for module in prior.modules() if isinstance(module, Modulation)][: difference.shape[1]]
    read = torch.zeros_like(plain)
    for layer, error in zip(layers, difference.unbind(1), strict=True):
        usual = layer.weight.norm(dim=1).mean() * STYLE_DEVIATION
        read = read + functional.linear(error, layer.weight).abs().mean(1).float() / usual
    return (plain + read / len(layers)) / 2


def disagreement(first: Codes, second: Codes) -> Tensor:
    """The self-supervised term: how far the codes of two corruptions of the same faces are apart, 0 for equal ones.

    Maps are measured against their own size, so that shrinking them gains nothing.
    """
    total = (first.styles.float() - second.styles.float()).abs().mean() / STYLE_DEVIATION
    for resolution, ours in first.maps.items():
        theirs = second.maps[resolution]
        size = (ours.detach().float().abs().mean() + theirs.detach().float().abs().mean()) / 2
        apart = (ours.float() - theirs.float()).abs().mean()
        total = total + apart / size.clamp_min(1e-6) / len(first.maps)
    return total
