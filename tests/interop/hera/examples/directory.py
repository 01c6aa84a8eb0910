"""A directory handed from one node to the next, with the modes that an input may ask for."""

from hera.workflows import (
    Artifact,
    NoneArchiveStrategy,
    Steps,
    TarArchiveStrategy,
    Workflow,
    ZipArchiveStrategy,
    script,
)


def write_site():
    import os

    os.makedirs("/tmp/site/pages/old")
    for path, text in (("index.html", "start"), ("pages/a b.html", "a"), ("pages/ü.html", "u")):
        with open(f"/tmp/site/{path}", "w") as file:
            file.write(text)
    os.chmod("/tmp/site/index.html", 0o600)
    os.symlink("../index.html", "/tmp/site/pages/home.html")


def print_site():
    import os

    print(f"top {os.stat('/tmp/copies/site').st_mode & 0o777:o}")
    for directory, directories, files in os.walk("/tmp/copies/site"):
        directories.sort()
        for name in sorted(files + directories):
            path = os.path.join(directory, name)
            kind = "link" if os.path.islink(path) else "file" if os.path.isfile(path) else ""
            text = open(path).read() if kind else "directory"
            mode = os.lstat(path).st_mode & 0o777 if kind != "link" else 0
            print(os.path.relpath(path, "/tmp/copies/site"), kind, text, f"{mode:o}")


def site(archive, sub_path=None, **modes):
    writer = script(
        name="writer", outputs=Artifact(name="site", path="/tmp/site", archive=archive)
    )(write_site)
    reader = script(
        name="reader", inputs=Artifact(name="copy", path="/tmp/copies/site", **modes)
    )(print_site)
    with Workflow(generate_name="directory-", entrypoint="main") as workflow:
        with Steps(name="main"):
            whole = writer().get_artifact("site")
            reader(arguments=Artifact(name="copy", from_=whole.from_, sub_path=sub_path))
    return workflow


def printed(
    index_mode, file_mode="644", directory_mode="755", whole=True, top_mode="755", copies=False
):
    lines = [
        f"top {top_mode}",
        f"index.html file start {index_mode}",
        f"pages  directory {directory_mode}",
        f"pages/a b.html file a {file_mode}",
        "pages/home.html link start 0" if whole else "",
        f"pages/home.html file start {file_mode}" if copies else "",
        f"pages/old  directory {directory_mode}" if whole else "",
        f"pages/ü.html file u {file_mode}",
    ]
    return {"reader": ["".join(f"{line}\n" for line in lines if line)]}


# Objects alone: neither modes nor empty directories. On GCS links become copies, elsewhere nothing.


def objects(store):
    return printed("644", whole=False, copies=store == "gcs")


def part_of_objects(store):
    link = "home.html file start 644\n" if store == "gcs" else ""
    return {"reader": [f"top 755\na b.html file a 644\n{link}ü.html file u 644\n"]}


def objects_of_mode(store):
    return printed("750", "750", "750", False, "750", copies=store == "gcs")


ALL = {"mode": 0o750, "recurse_mode": True}

EXAMPLES = [
    ("tar", site(TarArchiveStrategy()), printed("600")),
    ("tar, uncompressed", site(TarArchiveStrategy(compression_level=0)), printed("600")),
    ("zip", site(ZipArchiveStrategy()), printed("600")),
    ("none", site(NoneArchiveStrategy()), objects),
    ("none, a part of it", site(NoneArchiveStrategy(), "pages"), part_of_objects),
    ("mode of the top alone", site(None, mode=0o700), printed("600", top_mode="700")),
    ("mode of all", site(NoneArchiveStrategy(), **ALL), objects_of_mode),
]
