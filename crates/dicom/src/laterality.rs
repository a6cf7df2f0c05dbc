//! Laterality (0020,0060): the side of a part of the body that comes in pairs.

use dicom_core::{DataElement, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use crate::attributes;

/// Values of Body Part Examined (0018,0015) that name one part of the body, not one of a pair.
const SINGLE: &str = "ABDOMEN ABDOMENPELVIS AORTA BACK BLADDER BRAIN CEREBELLUM CERVIX CHEST CHESTABDOMEN CHESTABDPELVIS \
    CIRCLEOFWILLIS COCCYX COLON CORONARYARTERY CSPINE CTSPINE DUODENUM ESOPHAGUS FACE GALLBLADDER HEAD HEADNECK \
    HEART ILEUM ILIUM JAW JEJUNUM LARYNX LIVER LSPINE LSSPINE MAXILLA MEDIASTINUM MOUTH NECK NECKCHEST \
    NECKCHESTABDOMEN NECKCHESTABDPELV NOSE PANCREAS PELVIS PENIS PHARYNX PROSTATE RECTUM SCALP SKULL SPINE SPLEEN \
    SSPINE STERNUM STOMACH THYMUS THYROID TLSPINE TONGUE TRACHEA TSPINE URETER URETHRA UTERUS VAGINA VULVA WHOLEBODY";

/// Writes an empty Laterality where the part may be one of a pair and no side is stated, since it must be there then, and
/// takes an empty one away where the part is none of a pair, since it must not. A side that is stated stays.
pub(crate) fn settle(object: &mut InMemDicomObject) {
    let part = attributes::text(object, tags::BODY_PART_EXAMINED);
    let is_single = part.is_some_and(|part| SINGLE.split(' ').any(|single| single == part));
    let is_stated = attributes::text(object, tags::LATERALITY).is_some();
    if is_single && !is_stated {
        object.remove_element(tags::LATERALITY);
    } else if !is_stated && object.get(tags::IMAGE_LATERALITY).is_none() {
        object.put(DataElement::empty(tags::LATERALITY, VR::CS));
    }
}
