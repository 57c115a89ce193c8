"""`python -m helpers local images | pull IMAGE | rm IMAGE`: the images that run own code."""

import argparse
import contextlib
from collections.abc import Callable

from helpers import cli
from helpers.local.containers import registry
from helpers.local.containers.contract import Framework
from helpers.local.home import Home, default_region
from helpers.local.runtime import image_pull, images


def add_commands(add: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    """Add the commands; `add` takes a command's name, function and summary."""
    listing = add("images", list_images, "the framework images, which run your own code")
    cli.add_region(listing, default_region())
    cli.add_json(listing)

    pulling = add("pull", pull, "install a framework image on this machine, once for all jobs")
    pulling.description = (
        "Make the Python environment of a framework image in the home folder, with exactly the "
        "packages of its lock file. All jobs share it. It needs the network, unless uv has "
        "downloaded the packages before."
    )
    which = pulling.add_mutually_exclusive_group(required=True)
    which.add_argument("image", nargs="?", metavar="IMAGE", help="its name in `images`, or a URI")
    which.add_argument("--all", action="store_true", help="all images")

    removing = add("rm", remove, "remove a framework image from this machine")
    removing.description = (
        "Remove the Python environment of a framework image. Jobs and endpoints that use it fail."
    )
    removing.add_argument("image", metavar="IMAGE", help="its name in `images`, or a URI")


def list_images(arguments: argparse.Namespace) -> int:
    """Print all framework images, and whether they are on this machine."""
    home = Home.find()
    rows = [
        _row(home, framework, uris)
        for framework, uris in images.frameworks(arguments.region).items()
    ]
    if arguments.json:
        cli.print_json(rows)
        return cli.OK
    table = [("image", "state", "on disk", "runs", "Python")]
    table += [
        (row["Name"], row["State"], f"{row['SizeMB']:,} MB", row["Runs"], row["Python"])
        for row in rows
    ]
    header, *lines = cli.table(table)
    print(header)
    for line, row in zip(lines, rows, strict=True):
        print(line, *(f"    {uri}" for uri in row["URIs"]), sep="\n")
        if row["OnAWS"]:
            print(
                f"    AWS's images have {row['OnAWS']}. Here {row['Runs']} runs in their place, so "
                "results can differ slightly from AWS's."
            )
    if any(row["State"] != "pulled" for row in rows):
        print("To pull one: python -m helpers local pull IMAGE")
    return cli.OK


def _row(home: Home, framework: Framework, uris: list[str]) -> dict:
    image = images.pulled(home, framework)
    packages = image_pull.packages_for(framework, framework.python)
    state = "not pulled"
    if image:
        state = "pulled" if images.is_current(framework, image) else "outdated: pull it again"
    return {
        "Name": framework.name,
        "State": state,
        "SizeMB": round(image.size / 1e6) if image else packages.disk_mb,
        "Runs": image.package if image else packages.framework,
        "Python": image.python if image else framework.python,
        "OnAWS": framework.on_aws,
        "URIs": uris,
    }


def pull(arguments: argparse.Namespace) -> int:
    """Pull one image, or all."""
    chosen = list(images.frameworks()) if arguments.all else [_named(arguments.image)]
    for framework in chosen:
        image_pull.pull(Home.find(), framework)
    return cli.OK


def remove(arguments: argparse.Namespace) -> int:
    """Remove an image from this machine."""
    framework = _named(arguments.image)
    if images.remove(Home.find(), framework):
        print(f"Removed {framework.name}.")
    else:
        print(f"{framework.name} was not on this machine.")
    return cli.OK


def _named(name: str) -> Framework:
    """Return the framework image of a name or URI. Raises UnknownImageError."""
    names = {framework.name: framework for framework in images.frameworks()}
    if name in names:
        return names[name]
    if uri := registry.URI.fullmatch(name):
        with contextlib.suppress(registry.ImageError):
            image = registry.resolve(name, uri["region"])
            if framework := registry.container_of(image).framework(image):
                return framework
    raise UnknownImageError(
        f'No framework image is called "{name}"{cli.did_you_mean(name, names) or "."} The images '
        f"are {', '.join(names)}. A built-in algorithm needs no pull."
    )


class UnknownImageError(cli.CommandError):
    """No framework image has this name."""

    code = cli.NO_ANSWER
