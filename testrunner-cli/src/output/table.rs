//! Tables without lines.

use comfy_table::{ContentArrangement, Table, presets};

/// The lines of a table that is as wide as it must be, with two spaces between its columns.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.to_vec());
    table.add_rows(rows);
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [["7", "FAILED"], ["12", "SUCCESS"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(table(&["ID", "STATUS"], rows), ["ID  STATUS", "7   FAILED", "12  SUCCESS"]);
    }
}
