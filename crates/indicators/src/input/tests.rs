use super::*;

/// Returns the names of all files, with their contents.
fn files(path: &Path) -> Result<Vec<(String, bool, String)>, ListsError> {
    let mut files = Vec::new();
    each_file(path, &mut |file| {
        let content = match file.content {
            Ok(content) => io::read_to_string(content).unwrap(),
            Err(error) => error,
        };
        files.push((file.name.to_owned(), file.is_in_folder, content));
        Ok(())
    })?;
    Ok(files)
}

#[test]
fn folders_are_read_in_order_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join("lists").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("b.txt", b"evil.com\n");
    write("a/c.json", b"{}");
    write(".git/d", b"hidden");
    write("empty", b"");
    std::fs::write(folder.path().join("e.csv"), "url\n").unwrap();
    let lists = folder.path().join("lists");
    let expected = [("a/c.json", true, "{}"), ("b.txt", true, "evil.com\n"), ("empty", true, "")];
    let expected = expected.map(|(name, in_folder, text)| (name.to_owned(), in_folder, text.to_owned()));
    assert_eq!(files(&lists).unwrap(), expected);

    let both = PathBuf::from(format!("{},{}", lists.display(), folder.path().join("e.csv").display()));
    let of_both = files(&both).unwrap();
    assert_eq!(of_both[3], ("e.csv".into(), false, "url\n".into()));
    let mut kept = Vec::new();
    keep(&both, &mut kept).unwrap();
    let path = folder.path().join("kept");
    std::fs::write(&path, &kept).unwrap();
    assert_eq!(files(&path).unwrap(), of_both);
    // A kept file may be kept again.
    let mut again = Vec::new();
    keep(&path, &mut again).unwrap();
    assert_eq!(again, kept);

    for damaged in [&kept[..kept.len() - 1], &kept[..KEPT.len() + 5], &[KEPT, b"{\n"].concat()] {
        std::fs::write(&path, damaged).unwrap();
        assert!(matches!(files(&path), Err(ListsError::Damaged { .. })));
    }
}

#[test]
fn a_reader_may_stop_before_the_end_of_a_kept_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    let other = folder.path().join("b.txt");
    for path in [&path, &other] {
        std::fs::write(path, "x".repeat(100_000)).unwrap();
    }
    let mut kept = Vec::new();
    keep(&PathBuf::from(format!("{},{}", path.display(), other.display())), &mut kept).unwrap();
    std::fs::write(folder.path().join("kept"), kept).unwrap();
    let mut number = 0;
    each_file(&folder.path().join("kept"), &mut |_| {
        number += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(number, 2);
}

#[test]
fn what_is_not_there_or_too_large_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(files(folder.path()), Err(ListsError::None { .. })));
    assert!(matches!(files(&folder.path().join("x")), Err(ListsError::Unreadable { .. })));
    // The files have no content on the disk.
    let large = |name: &str, size| {
        let path = folder.path().join(name);
        std::fs::File::create(&path).unwrap().set_len(size).unwrap();
        path
    };
    let path = large("a", MAXIMUM_FILE_SIZE + 1);
    assert_eq!(files(&path).unwrap()[0].2, "the file is larger than 1 GiB");
    let three = (0..3).map(|number| large(&number.to_string(), MAXIMUM_FILE_SIZE).display().to_string());
    let three = PathBuf::from(three.collect::<Vec<_>>().join(","));
    let visited = each_file(&three, &mut |_| Ok(()));
    assert!(matches!(visited, Err(ListsError::TooLarge { .. })));
}
