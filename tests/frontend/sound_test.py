"""roms/sound_check is heard as it should be: the same under every engine, at the right pitch, on the right side.

Called with the program, that ROM, and the names of the engines.
"""

import array
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest
import wave

PROGRAM, ROM = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
ENGINES = [sys.argv.pop(1) for _ in sys.argv[1:]]
HERTZ = 48000
SLICE = HERTZ // 100  # frames whose loudness is looked at


def record(path, *options):
    """Runs the ROM; returns the samples of the left and of the right channel."""
    command = [PROGRAM, "run", "--display", "none", "--serial", "none", "--timeout", "120", "--exit-port"]
    result = subprocess.run([*command, "--firmware", ROM, "--sound", f"file:{path}", *options], check=False,
                            stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (1, ""), result
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (HERTZ, 2, 2)
        samples = array.array("h", file.readframes(file.getnframes()))
    return samples[0::2], samples[1::2]


def loudness(samples):
    return math.sqrt(sum(sample * sample for sample in samples) / max(len(samples), 1))


def tones(samples):
    """The pieces that are not silent, without their first and last hundredth of a second."""
    loud = [loudness(samples[at:at + SLICE]) > 300 for at in range(0, len(samples), SLICE)]
    edges = [at for at, now in enumerate(loud) if now != (at > 0 and loud[at - 1])]
    return [samples[(first + 1) * SLICE:(last - 1) * SLICE] for first, last in zip(edges[::2], edges[1::2])]


def strength(samples, hertz):
    """The amplitude of one frequency."""
    angle = 2 * math.pi * hertz / HERTZ
    real = sum(sample * math.cos(angle * at) for at, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(angle * at) for at, sample in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / len(samples)


def pitch(samples):
    """The strongest of many frequencies, over a fifth of a second."""
    piece = samples[:HERTZ // 5]
    coarse = max(range(200, 1500, 20), key=lambda hertz: strength(piece[:HERTZ // 20], hertz))
    return max(range(coarse - 20, coarse + 21, 2), key=lambda hertz: strength(piece, hertz))


class Sound(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def check(self, left, right, exactness):
        heard = tones(left)
        self.assertEqual(len(heard), 4)
        for tone, hertz, seconds in zip(heard, (880, 440, 500, 1000), (1 / 3, 1 / 3, 0.5, 0.25)):
            self.assertLessEqual(abs(pitch(tone) - hertz), exactness * hertz)
            if exactness < 0.01:
                self.assertLess(abs(len(tone) / HERTZ - seconds), 0.05)
        for tone in heard[1:]:  # sines: nothing to speak of but the tone itself
            base = pitch(tone)
            piece = tone[:HERTZ // 5]
            rest = math.sqrt(max(loudness(piece) ** 2 - strength(piece, base) ** 2 / 2, 0))
            self.assertLess(rest, 0.1 * loudness(piece))
        self.assertEqual(len(tones(right)), 3)

    def test_every_engine_sounds_the_same(self):
        paths = []
        for engine in ENGINES:
            paths.append(self.folder / f"{engine}.wav")
            channels = record(paths[-1], "--clock", "instructions=100", "--engine", engine)
            self.check(*channels, exactness=0.005)
        self.assertEqual(len({path.read_bytes() for path in paths}), 1)

    def test_in_real_time(self):
        self.check(*record(self.folder / "real.wav"), exactness=0.02)

    def test_without_a_device_the_machine_runs(self):
        command = [PROGRAM, "run", "--display", "none", "--serial", "none", "--timeout", "120", "--exit-port"]
        for where in "sdl", "none":
            result = subprocess.run([*command, "--clock", "instructions=100", "--firmware", ROM, "--sound", where],
                                    stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                                    env={"SDL_AUDIODRIVER": "nonsense"})
            if where == "sdl" and "not a sound output of this build" in result.stderr:
                continue
            self.assertEqual(result.returncode, 1)
            self.assertEqual(result.stderr.count("\n"), 1 if where == "sdl" else 0, result.stderr)


unittest.main()
