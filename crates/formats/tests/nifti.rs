//! NIfTI in and out, held against the `nifti` crate and against bad files.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail like the test")]

mod support;

use darkroom_formats::nifti::Labels;
use darkroom_formats::{FormatError, nifti};
use darkroom_imaging::{Affine, LabelMap, SYNTHETIC, Unit, Volume, normalise};
use flate2::{Compression, write::GzEncoder};
use nifti_oracle::{InMemNiftiObject, NiftiObject, NiftiVolume, RandomAccessNiftiVolume};
use std::io::Write;
use support::{file, le_f32};

const OBLIQUE: Affine = [[-3.9, 0.25, 0.0, 250.5], [0.25, 3.9, 0.0, -130.25], [0.0, 0.0, 3.27, -900.125]];

fn volume() -> Volume {
    let data = (0..9 * 8 * 10).map(|v| (v as f32).sqrt() * 0.37 - 1.0).collect();
    // Entries that float32 holds exactly, so that equality is the test.
    let affine = OBLIQUE.map(|row| row.map(|value| f64::from(value as f32)));
    Volume::new([9, 8, 10], data, affine, Unit::Suv).unwrap()
}

#[test]
fn a_written_volume_comes_back_bit_for_bit() {
    let volume = volume();
    let bytes = nifti::write(&volume, &nifti::description("pet-enhance", "1.0.0")).unwrap();
    let again = nifti::read(&bytes).unwrap();
    assert_eq!(again.volume, volume);
    assert!(again.warnings.iter().any(|warning| warning.contains(SYNTHETIC)), "{:?}", again.warnings);
    assert!(nifti::read(&nifti::write(&volume, "a scan").unwrap()).unwrap().notes.is_empty());
}

#[test]
fn another_reader_sees_the_same_file() {
    let volume = volume();
    let bytes = nifti::write(&volume, &nifti::description("pet-enhance", "1.0.0")).unwrap();
    let object = InMemNiftiObject::from_reader(flate2::read::GzDecoder::new(&bytes[..])).unwrap();
    let header = object.header();
    assert_eq!(header.dim[..4], [3, 9, 8, 10]);
    assert_eq!((header.sform_code, header.qform_code, header.xyzt_units), (1, 1, 10));
    let text = String::from_utf8_lossy(&header.descrip).trim_end_matches('\0').to_owned();
    assert_eq!(text, "Darkroom pet-enhance 1.0.0: synthetic, not for diagnosis");
    for (row, srow) in [header.srow_x, header.srow_y, header.srow_z].iter().enumerate() {
        assert_eq!(srow.map(f64::from), volume.affine[row]);
    }
    assert_eq!(object.volume().dim(), [9, 8, 10]);
    for (v, &value) in volume.data.iter().enumerate() {
        let at = [v % 9, v / 9 % 8, v / 72].map(|n| n as u16);
        assert_eq!(object.volume().get_f32(&at).unwrap(), value);
    }
    // The qform says the same as the sform, to the precision of a quaternion in float32.
    let mut qform_only = nifti::write_plain(&volume, "").unwrap();
    qform_only[254..256].fill(0);
    let by_qform = nifti::read(&qform_only).unwrap().volume.affine;
    for (x, y) in by_qform.iter().flatten().zip(volume.affine.iter().flatten()) {
        assert!((x - y).abs() < 2e-5, "{by_qform:?}");
    }
}

#[test]
fn every_number_type_reads_in_both_byte_orders() {
    macro_rules! check {
        ($($code:literal: $type:ty),*) => {$(
            for big in [false, true] {
                let numbers: Vec<$type> = (0..8).map(|v| v as $type).collect();
                let raw: Vec<u8> = numbers.iter().flat_map(|v| if big { v.to_be_bytes() } else { v.to_le_bytes() }).collect();
                let read = nifti::read(&file(&[2, 2, 2], $code, &raw, big, |_| {})).unwrap().volume;
                assert_eq!(read.data, [0., 1., 2., 3., 4., 5., 6., 7.], "{} {big}", $code);
                assert_eq!(read.spacing(), [1.5, 2.5, 3.5]);
            }
        )*};
    }
    check!(2: u8, 4: i16, 8: i32, 16: f32, 64: f64, 256: i8, 512: u16, 768: u32, 1024: i64, 1280: u64);
}

#[test]
fn orientation_falls_back_from_sform_to_qform_to_voxel_sizes() {
    let bare = nifti::read(&file(&[2, 2, 2], 2, &[0; 8], false, |_| {})).unwrap();
    assert_eq!(bare.volume.affine, [[1.5, 0.0, 0.0, 0.0], [0.0, 2.5, 0.0, 0.0], [0.0, 0.0, 3.5, 0.0]]);
    assert!(bare.notes[0].contains("assumed"));
    // Half a turn about z, offset (9, 8, 7), left-handed.
    let turned = nifti::read(&file(&[2, 2, 2], 2, &[0; 8], false, |bytes| {
        bytes[252] = 1;
        le_f32(76, -1.0)(bytes);
        le_f32(264, 1.0)(bytes);
        for (n, value) in [9.0, 8.0, 7.0].into_iter().enumerate() {
            le_f32(268 + 4 * n, value)(bytes);
        }
    }));
    assert_eq!(turned.unwrap().volume.affine, [[-1.5, 0.0, 0.0, 9.0], [0.0, -2.5, 0.0, 8.0], [0.0, 0.0, -3.5, 7.0]]);
    let metres = nifti::read(&file(&[2, 2, 2], 2, &[0; 8], false, |bytes| bytes[123] = 1)).unwrap();
    assert_eq!(metres.volume.spacing(), [1500.0, 2500.0, 3500.0]);
}

#[test]
fn version_two_reads_too() {
    let mut bytes = vec![0; 544];
    let mut put = |at: usize, raw: &[u8]| bytes[at..at + raw.len()].copy_from_slice(raw);
    put(0, &540_i32.to_le_bytes());
    put(4, b"n+2\0\r\n\x1a\n");
    put(12, &512_i16.to_le_bytes());
    for (axis, n) in [3_i64, 2, 1, 2].into_iter().enumerate() {
        put(16 + 8 * axis, &n.to_le_bytes());
    }
    put(168, &544_i64.to_le_bytes());
    put(176, &2_f64.to_le_bytes());
    put(348, &1_i32.to_le_bytes());
    for (place, value) in
        [[-2.0, 0.0, 0.0, 5.0], [0.0, 2.0, 0.0, 6.0], [0.0, 0.0, 4.0, 7.0_f64]].iter().flatten().enumerate()
    {
        put(400 + 8 * place, &value.to_le_bytes());
    }
    bytes.extend([1, 0, 2, 0, 3, 0, 0, 128]);
    let volume = nifti::read(&bytes).unwrap().volume;
    assert_eq!((volume.dims, volume.data), ([2, 1, 2], vec![2.0, 4.0, 6.0, 65536.0]));
    assert_eq!(volume.affine[2], [0.0, 0.0, 4.0, 7.0]);
}

#[test]
fn one_frame_is_a_volume_and_several_are_refused() {
    assert_eq!(nifti::read(&file(&[2, 2, 2, 1, 1], 2, &[7; 8], false, |_| {})).unwrap().volume.dims, [2, 2, 2]);
    let several = nifti::read(&file(&[2, 2, 2, 3], 2, &[7; 24], false, |_| {})).unwrap_err();
    assert!(several.to_string().contains("3 frames"), "{several}");
}

#[test]
fn a_matrix_that_does_not_fit_is_refused_before_it_is_widened() {
    let edge = 520_i16;
    let voxels = vec![0; usize::try_from(edge).unwrap().pow(3)];
    let error = nifti::read(&file(&[edge; 3], 2, &voxels, false, |_| {})).unwrap_err();
    assert!(error.to_string().contains("520 x 520 x 520"), "{error}");
}

#[test]
fn bad_files_are_explained() {
    let error = |bytes: &[u8]| nifti::read(bytes).unwrap_err();
    let short = file(&[2, 2, 2], 16, &[0; 31], false, |_| {});
    assert!(matches!(error(&short), FormatError::Truncated { announced: 384, found: 383 }));
    assert!(matches!(error(&short[..100]), FormatError::Truncated { .. }));
    assert!(matches!(error(b"Dear diary, this is a text."), FormatError::Unsupported(_)));
    assert!(matches!(error(&file(&[2, -2, 2], 2, &[0; 8], false, |_| {})), FormatError::Invalid { .. }));
    assert!(matches!(error(&file(&[], 2, &[], false, |_| {})), FormatError::Invalid { .. }));
    assert!(error(&file(&[2, 2, 2], 128, &[0; 24], false, |_| {})).to_string().contains("colours"));
    assert!(error(&file(&[2, 2, 2], 32, &[0; 64], false, |_| {})).to_string().contains("complex"));
    assert!(error(&file(&[2, 2, 2], 2, &[0; 8], false, |b| b[346] = 0)).to_string().contains("Analyze"));
    assert!(error(&file(&[2, 2, 2], 2, &[0; 8], false, |b| b[345] = b'i')).to_string().contains("pair"));
    let huge = error(&file(&[32000, 32000, 32000], 64, &[], false, |_| {}));
    assert!(huge.to_string().contains("MiB"), "{huge}");
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&file(&[20, 20, 20], 2, &[3; 8000], false, |_| {})).unwrap();
    let packed = packed.finish().unwrap();
    assert!(nifti::read(&packed).is_ok());
    assert!(matches!(error(&packed[..packed.len() - 20]), FormatError::Damaged(_)));
}

#[test]
fn labels_are_whole_numbers() {
    let Labels { map, affine, .. } = nifti::read_labels(&file(&[2, 2, 1], 2, &[0, 3, 255, 3], false, |_| {})).unwrap();
    assert_eq!((map.dims, map.labels), ([2, 2, 1], vec![0, 3, 255, 3]));
    assert_eq!(affine[1][1], 2.5);
    let half = nifti::read_labels(&file(&[2, 1, 1], 2, &[0, 3], false, le_f32(112, 0.5))).unwrap_err();
    assert!(matches!(half, FormatError::NotLabels { voxel: 1, value: 1.5 }), "{half}");
}

#[test]
fn high_labels_are_told_apart_by_their_numbers() {
    // 0, 512, 1035 and 512 as 16-bit numbers.
    let bytes = [0_u16, 512, 1035, 512].map(u16::to_le_bytes).concat();
    let Labels { map, names, .. } = nifti::read_labels(&file(&[2, 2, 1], 512, &bytes, false, |_| {})).unwrap();
    assert_eq!(map.labels, [0, 1, 2, 1]);
    assert_eq!(names, [(1, "label 512".to_owned()), (2, "label 1035".to_owned())]);
    let many: Vec<u8> = (0..300_u16).flat_map(u16::to_le_bytes).collect();
    let error = nifti::read_labels(&file(&[300, 1, 1], 512, &many, false, |_| {})).unwrap_err();
    assert!(matches!(error, FormatError::ManyLabels), "{error}");
}

#[test]
fn the_mark_survives_a_long_model_name() {
    let text = nifti::description(&"x".repeat(200), "1.0.0");
    assert_eq!(text.len(), 79);
    assert!(text.ends_with(": synthetic, not for diagnosis"));
    let volume = Volume { affine: [[1.0, 0.4, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]], ..volume() };
    // A sheared grid has an sform only, and cutting a description inside a letter harms nothing.
    let bytes = nifti::write(&volume, &"é".repeat(60)).unwrap();
    assert_eq!(nifti::read(&bytes).unwrap().volume.affine[0][1], f64::from(0.4_f32));
}

#[test]
fn a_real_image_has_the_scale_and_noise_that_training_measures() {
    let root = std::env::var_os("DARKROOM_DATA").map_or_else(
        || std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        std::path::PathBuf::from,
    );
    let Ok(bytes) = std::fs::read(root.join("pet/crops/STS_001/PET_image.nii.gz")) else {
        eprintln!("SKIPPED: no test data in pet/crops; point DARKROOM_DATA at the folder that holds it");
        return;
    };
    let volume = nifti::read(&bytes).unwrap().volume;
    let found = normalise::foreground(&volume).unwrap();
    // As training/conditioning.py prints them.
    assert!((found.threshold - 0.670_013_226_457_271_6).abs() < 1e-12);
    assert!((found.scale - 1.355_911_720_206_601_3).abs() < 1e-12);
    let noise = normalise::noise(&volume, &found).unwrap();
    assert!((noise - 0.128_618_054_390_136_43).abs() < 1e-7, "{noise}");
}

#[test]
fn nibabel_reads_the_same_grid_values_unit_and_description() {
    // Right angles, so that there is a qform.
    let (sine, cosine) = 0.3_f64.sin_cos();
    let affine =
        [[-4.0 * cosine, 2.0 * sine, 0.0, 120.5], [-4.0 * sine, -2.0 * cosine, 0.0, -77.25], [0.0, 0.0, 3.0, 9.0]];
    let volume = Volume { affine, ..volume() };
    let folder = std::env::temp_dir().join(format!("darkroom-nibabel-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let [image, values] = ["image.nii.gz", "values"].map(|name| folder.join(name));
    let description = nifti::description("pet-enhance", "1.0.0");
    std::fs::write(&image, nifti::write(&volume, &description).unwrap()).unwrap();
    std::fs::write(&values, volume.data.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
    let python = std::env::var("DARKROOM_PYTHON").unwrap_or("python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/readers/compare.py");
    let mut command = std::process::Command::new(python);
    command.args([script, "nifti"]).args([&image, &values]).args([&description, "SUV"]);
    match command.args(affine.iter().flatten().map(ToString::to_string)).output() {
        Ok(output) if output.status.code() != Some(77) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        _ => eprintln!("SKIPPED: no nibabel to read NIfTI with; set DARKROOM_PYTHON to a Python that has it"),
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn written_labels_come_back_on_their_grid() {
    let affine = [[-4.0, 0.0, 0.0, 20.0], [0.0, 4.0, 0.0, -20.0], [0.0, 0.0, 3.0, -100.0]];
    let map = LabelMap { dims: [3, 2, 2], labels: vec![0, 1, 8, 255, 2, 0, 0, 7, 6, 5, 4, 3] };
    let bytes = nifti::write_labels(&map, &affine, "labels").unwrap();
    assert_eq!(nifti::read_labels(&bytes).unwrap(), Labels { map, affine, names: Vec::new() });
}

#[test]
fn a_label_map_tells_the_names_of_its_regions() {
    let labels = Volume::new([2, 1, 1], vec![1.0, 27.0], OBLIQUE, Unit::Other(String::new())).unwrap();
    let mut file = nifti::write_plain(&labels, "").unwrap();
    assert!(nifti::read_labels(&file).unwrap().names.is_empty());
    let table = "<CaretExtension><LabelTable><Label Key=\"1\"><![CDATA[spleen]]></Label>\n\
                 <Label Key=\"27\"><![CDATA[vertebrae_L5]]></Label></LabelTable></CaretExtension>";
    // An extension: its size, a multiple of 16, its code, its text; the values move behind it.
    let size = (table.len() + 8).next_multiple_of(16);
    let mut extension = [(size as i32).to_le_bytes(), 0_i32.to_le_bytes()].concat();
    extension.extend(table.bytes());
    extension.resize(size, b' ');
    file[348] = 1;
    file.splice(352..352, extension);
    file[108..112].copy_from_slice(&(352.0 + size as f32).to_le_bytes());
    let Labels { map, names, .. } = nifti::read_labels(&file).unwrap();
    assert_eq!(map.labels, [1, 27]);
    assert_eq!(names, [(1, "spleen".to_owned()), (27, "vertebrae_L5".to_owned())]);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&file).unwrap();
    assert_eq!(nifti::read_labels(&packed.finish().unwrap()).unwrap().names, names);
}
